package dev.keytrail.identity.op;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/**
 * A QR code (ISO/IEC 18004) of some bytes: byte mode, error correction level L, versions 1 to 15, mask 0. Written out as
 * a PNG of one bit a pixel.
 */
final class QrCode {
    /** For versions 1 to 15 at level L: error correction bytes a block, and blocks of the shorter and longer kind. */
    private static final int[] CORRECTION = {7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22};

    private static final int[] BLOCKS = {1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6};
    private static final int FORMAT_MASK = 0x5412;
    private static final int FORMAT_POLYNOMIAL = 0x537;
    private static final int VERSION_POLYNOMIAL = 0x1F25;
    private static final int FIELD_POLYNOMIAL = 0x11D;
    private static final int QUIET = 4;
    private static final int PIXELS_A_MODULE = 4;

    private final int version;
    private final int size;
    private final boolean[][] dark;
    private final boolean[][] fixed;

    private QrCode(int version) {
        this.version = version;
        this.size = 17 + 4 * version;
        this.dark = new boolean[size][size];
        this.fixed = new boolean[size][size];
    }

    /** @throws IllegalArgumentException when the content is too long */
    static byte[] png(byte[] content) {
        int version = 1;
        while (version <= BLOCKS.length && dataBytes(version) < content.length + (version < 10 ? 2 : 3)) {
            version++;
        }
        if (version > BLOCKS.length) {
            throw new IllegalArgumentException("too long for a QR code: " + content.length + " bytes");
        }
        QrCode code = new QrCode(version);
        code.drawPatterns();
        code.drawContent(interleaved(data(content, version), version));
        return code.image();
    }

    // Sizes

    /** Bytes of all kinds in a version: what modules the patterns leave. */
    private static int rawBytes(int version) {
        int modules = (16 * version + 128) * version + 64;
        if (version >= 2) {
            int alignments = version / 7 + 2;
            modules -= (25 * alignments - 10) * alignments - 55;
            if (version >= 7) {
                modules -= 36;
            }
        }
        return modules / 8;
    }

    private static int dataBytes(int version) {
        return rawBytes(version) - CORRECTION[version - 1] * BLOCKS[version - 1];
    }

    // Bytes

    /** Mode and length in front, padding behind. */
    private static byte[] data(byte[] content, int version) {
        byte[] out = new byte[dataBytes(version)];
        int[] at = {0};
        put(out, at, 4, 4);
        put(out, at, content.length, version < 10 ? 8 : 16);
        for (byte octet : content) {
            put(out, at, octet & 0xFF, 8);
        }
        int used = Math.min(out.length, (at[0] + 4 + 7) / 8);
        for (int i = used; i < out.length; i++) {
            out[i] = (byte) ((i - used) % 2 == 0 ? 0xEC : 0x11);
        }
        return out;
    }

    private static void put(byte[] out, int[] at, int value, int bits) {
        for (int i = bits - 1; i >= 0; i--, at[0]++) {
            out[at[0] / 8] |= (byte) ((value >>> i & 1) << (7 - at[0] % 8));
        }
    }

    /** Cut into blocks, each with its correction, then dealt out in turn. */
    private static byte[] interleaved(byte[] data, int version) {
        int blocks = BLOCKS[version - 1];
        int correction = CORRECTION[version - 1];
        int shorter = data.length / blocks;
        int longerFrom = blocks - data.length % blocks;
        byte[][] parts = new byte[blocks][];
        byte[][] corrections = new byte[blocks][];
        byte[] divisor = divisor(correction);
        int from = 0;
        for (int i = 0; i < blocks; i++) {
            int length = shorter + (i >= longerFrom ? 1 : 0);
            parts[i] = Arrays.copyOfRange(data, from, from + length);
            corrections[i] = remainder(parts[i], divisor);
            from += length;
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i <= shorter; i++) {
            for (byte[] part : parts) {
                if (i < part.length) {
                    out.write(part[i]);
                }
            }
        }
        for (int i = 0; i < correction; i++) {
            for (byte[] part : corrections) {
                out.write(part[i]);
            }
        }
        return out.toByteArray();
    }

    /** The product of (x - 2^i), highest power left out. */
    private static byte[] divisor(int degree) {
        byte[] result = new byte[degree];
        result[degree - 1] = 1;
        int root = 1;
        for (int i = 0; i < degree; i++) {
            for (int j = 0; j < degree; j++) {
                result[j] = (byte) product(result[j] & 0xFF, root);
                if (j + 1 < degree) {
                    result[j] ^= result[j + 1];
                }
            }
            root = product(root, 2);
        }
        return result;
    }

    private static byte[] remainder(byte[] data, byte[] divisor) {
        byte[] rest = new byte[divisor.length];
        for (byte octet : data) {
            int factor = (octet ^ rest[0]) & 0xFF;
            System.arraycopy(rest, 1, rest, 0, rest.length - 1);
            rest[rest.length - 1] = 0;
            for (int i = 0; i < rest.length; i++) {
                rest[i] ^= (byte) product(divisor[i] & 0xFF, factor);
            }
        }
        return rest;
    }

    private static int product(int x, int y) {
        int z = 0;
        for (int i = 7; i >= 0; i--) {
            z = z << 1 ^ (z >>> 7) * FIELD_POLYNOMIAL;
            z ^= (y >>> i & 1) * x;
        }
        return z;
    }

    // Modules

    private void fix(int x, int y, boolean isDark) {
        dark[y][x] = isDark;
        fixed[y][x] = true;
    }

    private void drawPatterns() {
        for (int i = 0; i < size; i++) {
            fix(6, i, i % 2 == 0);
            fix(i, 6, i % 2 == 0);
        }
        drawFinder(3, 3);
        drawFinder(size - 4, 3);
        drawFinder(3, size - 4);
        int[] centres = alignments();
        for (int i = 0; i < centres.length; i++) {
            for (int j = 0; j < centres.length; j++) {
                boolean finder = (i == 0 && j == 0)
                        || (i == 0 && j == centres.length - 1)
                        || (i == centres.length - 1 && j == 0);
                if (!finder) {
                    drawAlignment(centres[i], centres[j]);
                }
            }
        }
        drawFormat();
        drawVersion();
    }

    private void drawFinder(int centreX, int centreY) {
        for (int dy = -4; dy <= 4; dy++) {
            for (int dx = -4; dx <= 4; dx++) {
                int x = centreX + dx;
                int y = centreY + dy;
                int ring = Math.max(Math.abs(dx), Math.abs(dy));
                if (x >= 0 && x < size && y >= 0 && y < size) {
                    fix(x, y, ring != 2 && ring != 4);
                }
            }
        }
    }

    private void drawAlignment(int centreX, int centreY) {
        for (int dy = -2; dy <= 2; dy++) {
            for (int dx = -2; dx <= 2; dx++) {
                fix(centreX + dx, centreY + dy, Math.max(Math.abs(dx), Math.abs(dy)) != 1);
            }
        }
    }

    private int[] alignments() {
        if (version == 1) {
            return new int[0];
        }
        int count = version / 7 + 2;
        int gap = (4 * version + 4 + 2 * (count - 1) - 1) / (2 * (count - 1)) * 2;
        int[] centres = new int[count];
        centres[0] = 6;
        for (int i = count - 1, at = size - 7; i >= 1; i--, at -= gap) {
            centres[i] = at;
        }
        return centres;
    }

    /** Level L (01) and mask 0 (000), with their own correction; twice. */
    private void drawFormat() {
        int data = 0b01_000;
        int rest = data;
        for (int i = 0; i < 10; i++) {
            rest = rest << 1 ^ (rest >>> 9) * FORMAT_POLYNOMIAL;
        }
        int bits = (data << 10 | rest) ^ FORMAT_MASK;
        for (int i = 0; i < 15; i++) {
            boolean bit = (bits >>> i & 1) == 1;
            if (i < 6) {
                fix(8, i, bit);
            } else if (i < 8) {
                fix(8, i + 1, bit);
            } else if (i == 8) {
                fix(7, 8, bit);
            } else {
                fix(14 - i, 8, bit);
            }
            if (i < 8) {
                fix(size - 1 - i, 8, bit);
            } else {
                fix(8, size - 15 + i, bit);
            }
        }
        fix(8, size - 8, true);
    }

    private void drawVersion() {
        if (version < 7) {
            return;
        }
        int rest = version;
        for (int i = 0; i < 12; i++) {
            rest = rest << 1 ^ (rest >>> 11) * VERSION_POLYNOMIAL;
        }
        int bits = version << 12 | rest;
        for (int i = 0; i < 18; i++) {
            boolean bit = (bits >>> i & 1) == 1;
            fix(size - 11 + i % 3, i / 3, bit);
            fix(i / 3, size - 11 + i % 3, bit);
        }
    }

    /** In a zigzag of columns two wide, from the lower right, masked with 0: dark where (x + y) is even. */
    private void drawContent(byte[] bytes) {
        int at = 0;
        for (int right = size - 1; right >= 1; right -= 2) {
            if (right == 6) {
                right = 5;
            }
            boolean upward = (right + 1 & 2) == 0;
            for (int i = 0; i < size; i++) {
                int y = upward ? size - 1 - i : i;
                for (int x = right; x > right - 2; x--) {
                    if (fixed[y][x]) {
                        continue;
                    }
                    boolean bit = at < bytes.length * 8 && (bytes[at / 8] >>> (7 - at % 8) & 1) == 1;
                    at++;
                    dark[y][x] = bit ^ (x + y) % 2 == 0;
                }
            }
        }
    }

    // PNG

    private byte[] image() {
        int pixels = (size + 2 * QUIET) * PIXELS_A_MODULE;
        int rowBytes = 1 + (pixels + 7) / 8;
        byte[] rows = new byte[rowBytes * pixels];
        for (int y = 0; y < pixels; y++) {
            for (int x = 0; x < pixels; x++) {
                int moduleX = x / PIXELS_A_MODULE - QUIET;
                int moduleY = y / PIXELS_A_MODULE - QUIET;
                boolean inside = moduleX >= 0 && moduleX < size && moduleY >= 0 && moduleY < size;
                if (!inside || !dark[moduleY][moduleX]) {
                    rows[y * rowBytes + 1 + x / 8] |= (byte) (0x80 >>> x % 8);
                }
            }
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'});
        ByteBuffer header = ByteBuffer.allocate(13).putInt(pixels).putInt(pixels);
        chunk(out, "IHDR", header.put(new byte[] {1, 0, 0, 0, 0}).array());
        chunk(out, "IDAT", deflated(rows));
        chunk(out, "IEND", new byte[0]);
        return out.toByteArray();
    }

    private static byte[] deflated(byte[] rows) {
        Deflater deflater = new Deflater();
        try {
            deflater.setInput(rows);
            deflater.finish();
            byte[] out = new byte[rows.length + 64];
            return Arrays.copyOf(out, deflater.deflate(out));
        } finally {
            deflater.end();
        }
    }

    private static void chunk(ByteArrayOutputStream out, String type, byte[] content) {
        byte[] name = type.getBytes(StandardCharsets.US_ASCII);
        CRC32 sum = new CRC32();
        sum.update(name);
        sum.update(content);
        out.writeBytes(ByteBuffer.allocate(4).putInt(content.length).array());
        out.writeBytes(name);
        out.writeBytes(content);
        out.writeBytes(ByteBuffer.allocate(4).putInt((int) sum.getValue()).array());
    }
}
