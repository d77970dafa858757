package dev.keytrail.audit.verify;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Unpacks exactly one gzip member (RFC 1952) and nothing behind it. Readers that take concatenated members would show what
 * no digest covers.
 */
final class Gunzip {
    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int FLAG_CRC = 2;
    private static final int FLAG_EXTRA = 4;
    private static final int FLAG_NAME = 8;
    private static final int FLAG_COMMENT = 16;
    private static final long CONTENT_BYTES_MAX = 1L << 30;

    private Gunzip() {}

    /** @param sha256 of the content, lower-case hex */
    record Content(long bytes, String sha256) {}

    /** @throws IOException with what is wrong, in a few words */
    static Content hash(Bytes packed) throws IOException {
        return unpack(packed, new ByteArrayOutputStream(0), false);
    }

    static Bytes content(Bytes packed) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(packed.size() * 8);
        unpack(packed, out, true);
        return Bytes.adopt(out.toByteArray());
    }

    private static Content unpack(Bytes packed, ByteArrayOutputStream out, boolean keep) throws IOException {
        byte[] source = packed.unsafeArray();
        int at = header(source);
        MessageDigest sha256 = Sha256.start();
        CRC32 crc = new CRC32();
        byte[] buffer = new byte[256 << 10];
        Inflater inflater = new Inflater(true);
        try {
            inflater.setInput(source, at, source.length - at);
            while (!inflater.finished()) {
                int count = inflater.inflate(buffer);
                if (count == 0 && !inflater.finished()) {
                    throw new IOException("it ends early");
                }
                sha256.update(buffer, 0, count);
                crc.update(buffer, 0, count);
                if (keep) {
                    out.write(buffer, 0, count);
                }
                if (inflater.getBytesWritten() > CONTENT_BYTES_MAX) {
                    throw new IOException("it unpacks to more than " + CONTENT_BYTES_MAX + " bytes");
                }
            }
            int end = (int) (at + inflater.getBytesRead());
            trailer(source, end, crc.getValue(), inflater.getBytesWritten());
            return new Content(inflater.getBytesWritten(), HexFormat.of().formatHex(sha256.digest()));
        } catch (DataFormatException e) {
            throw new IOException("its compressed form is damaged");
        } finally {
            inflater.end();
        }
    }

    private static int header(byte[] source) throws IOException {
        if (source.length < HEADER_BYTES + TRAILER_BYTES
                || (source[0] & 0xFF) != 0x1F
                || (source[1] & 0xFF) != 0x8B
                || source[2] != 8) {
            throw new IOException("it is not gzip");
        }
        int flags = source[3];
        int at = HEADER_BYTES;
        if ((flags & FLAG_EXTRA) != 0) {
            at += 2 + ((source[at] & 0xFF) | (source[at + 1] & 0xFF) << 8);
        }
        for (int flag : new int[] {FLAG_NAME, FLAG_COMMENT}) {
            if ((flags & flag) != 0) {
                while (at < source.length && source[at] != 0) {
                    at++;
                }
                at++;
            }
        }
        at += (flags & FLAG_CRC) != 0 ? 2 : 0;
        if (at > source.length - TRAILER_BYTES) {
            throw new IOException("it ends early");
        }
        return at;
    }

    private static void trailer(byte[] source, int end, long crc, long size) throws IOException {
        if (source.length - end < TRAILER_BYTES) {
            throw new IOException("it ends early");
        }
        ByteBuffer trailer = ByteBuffer.wrap(source, end, TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        if (trailer.getInt() != (int) crc || trailer.getInt() != (int) size) {
            throw new IOException("its checksum is wrong");
        }
        if (source.length - end > TRAILER_BYTES) {
            throw new IOException("there is data behind the end of its compressed form");
        }
    }
}
