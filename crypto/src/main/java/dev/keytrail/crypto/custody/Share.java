package dev.keytrail.crypto.custody;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * One person's part of the wrapping key. As text, for paper or a password store:
 * {@code keytrail-share-1:SET:THRESHOLD:COUNT:NUMBER:VALUE:CHECKSUM}, with a set id of 8 hex digits, the value in 64 and the
 * checksum (start of SHA-256 over all before it) in 16. The value is a secret, zeroed on close.
 *
 * @param number from 1
 */
public record Share(String set, int threshold, int count, int number, Secret value) implements AutoCloseable {
    private static final String MAGIC = "keytrail-share-1";
    private static final int VALUE_BYTES = 32;
    private static final int CHECKSUM_BYTES = 8;
    private static final int PARTS = 7;

    /** A text of more is none. */
    public static final int TEXT_BYTES_MAX = 160;

    private String head() {
        return MAGIC + ":" + set + ":" + threshold + ":" + count + ":" + number + ":";
    }

    /** The text, as a secret of ASCII bytes; to be closed. */
    public Secret text() {
        byte[] head = head().getBytes(StandardCharsets.US_ASCII);
        byte[] out = Arrays.copyOf(head, head.length + 2 * VALUE_BYTES + 1 + 2 * CHECKSUM_BYTES);
        hex(value.reveal(), VALUE_BYTES, out, head.length);
        int end = head.length + 2 * VALUE_BYTES;
        byte[] sum = sha256(out, end);
        out[end] = ':';
        hex(sum, CHECKSUM_BYTES, out, end + 1);
        return Secret.adopt(out);
    }

    /** Several texts, one a line; to be closed. */
    public static Secret texts(List<Share> shares) {
        byte[] out = new byte[shares.size() * (TEXT_BYTES_MAX + 1)];
        int at = 0;
        for (Share share : shares) {
            try (Secret text = share.text()) {
                byte[] line = text.reveal();
                System.arraycopy(line, 0, out, at, line.length);
                at += line.length;
                out[at++] = '\n';
            }
        }
        byte[] exact = Arrays.copyOf(out, at);
        Arrays.fill(out, (byte) 0);
        return Secret.adopt(exact);
    }

    /** What the custody row remembers of it. The value is uniformly random, so its hash tells nothing. */
    Bytes commitment() {
        try (Secret text = text()) {
            byte[] all = text.reveal();
            return Bytes.adopt(sha256(all, all.length));
        }
    }

    /**
     * Reads a share's text; white space around it is nothing.
     *
     * @throws CustodyRefused that says what is wrong, and with which share where that can be seen
     */
    public static Share parse(Secret text) {
        byte[] in = stripped(text.reveal());
        try {
            return parse(in);
        } finally {
            Arrays.fill(in, (byte) 0);
        }
    }

    private static Share parse(byte[] in) {
        if (in.length > TEXT_BYTES_MAX) {
            throw new CustodyRefused("this is no share: it is too long");
        }
        int[] colons = colons(in);
        if (colons.length != PARTS - 1 || !MAGIC.equals(text(in, 0, colons[0]))) {
            throw new CustodyRefused(
                    "this is no share: a share begins with " + MAGIC + ": and has " + PARTS + " parts");
        }
        String set = text(in, colons[0] + 1, colons[1]);
        int threshold = number(in, colons[1] + 1, colons[2]);
        int count = number(in, colons[2] + 1, colons[3]);
        int number = number(in, colons[3] + 1, colons[4]);
        int end = colons[5];
        boolean sized = end - colons[4] - 1 == 2 * VALUE_BYTES && in.length - end - 1 == 2 * CHECKSUM_BYTES;
        if (!sized || !set.matches("[0-9a-f]{8}")) {
            throw new CustodyRefused("share " + number + " is damaged: characters are missing, or there are too many");
        }
        byte[] sum = new byte[2 * CHECKSUM_BYTES];
        hex(sha256(in, end), CHECKSUM_BYTES, sum, 0);
        byte[] value = new byte[VALUE_BYTES];
        boolean digits = unhex(in, colons[4] + 1, value);
        if (!digits || !MessageDigest.isEqual(sum, Arrays.copyOfRange(in, end + 1, in.length))) {
            Arrays.fill(value, (byte) 0);
            throw new CustodyRefused("share " + number + " of set " + set
                    + " is damaged: its checksum does not fit, so a character was mistyped");
        }
        return new Share(set, threshold, count, number, Secret.adopt(value));
    }

    private static byte[] stripped(byte[] text) {
        int from = 0;
        int to = text.length;
        while (from < to && text[from] <= ' ' && text[from] >= 0) {
            from++;
        }
        while (to > from && text[to - 1] <= ' ' && text[to - 1] >= 0) {
            to--;
        }
        return Arrays.copyOfRange(text, from, to);
    }

    private static int[] colons(byte[] in) {
        int[] at = new int[PARTS];
        int found = 0;
        for (int i = 0; i < in.length && found < PARTS; i++) {
            if (in[i] == ':') {
                at[found++] = i;
            }
        }
        return Arrays.copyOf(at, found);
    }

    private static String text(byte[] in, int from, int to) {
        return new String(in, from, to - from, StandardCharsets.US_ASCII);
    }

    private static int number(byte[] in, int from, int to) {
        String digits = text(in, from, to);
        if (!digits.matches("[0-9]{1,3}")) {
            throw new CustodyRefused("this is no share: a number in it is none");
        }
        return Integer.parseInt(digits);
    }

    /** Without a table, so that no cache line tells a digit. */
    private static void hex(byte[] source, int count, byte[] target, int at) {
        for (int i = 0; i < count; i++) {
            target[at + 2 * i] = digit((source[i] >> 4) & 0xF);
            target[at + 2 * i + 1] = digit(source[i] & 0xF);
        }
    }

    /** '0' + n, and 39 more from ten on. */
    private static byte digit(int n) {
        return (byte) ('0' + n + (39 & ((9 - n) >> 31)));
    }

    private static boolean unhex(byte[] source, int at, byte[] target) {
        boolean all = true;
        for (int i = 0; i < target.length; i++) {
            int high = source[at + 2 * i];
            int low = source[at + 2 * i + 1];
            all &= HexFormat.isHexDigit(high) && HexFormat.isHexDigit(low);
            target[i] = (byte) ((nibble(high) << 4) | nibble(low));
        }
        return all;
    }

    private static int nibble(int character) {
        return ((character & 0xF) + 9 * (character >> 6)) & 0xF;
    }

    private static byte[] sha256(byte[] in, int length) {
        MessageDigest digest = Sha256.start();
        digest.update(in, 0, length);
        return digest.digest();
    }

    @Override
    public void close() {
        value.close();
    }
}
