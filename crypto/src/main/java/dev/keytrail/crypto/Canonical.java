package dev.keytrail.crypto;

import java.util.Arrays;
import java.util.Map;
import java.util.Objects;

/**
 * Text and encryption contexts as bytes to authenticate: one byte string for each value and one value for each byte
 * string, whatever a client sends.
 *
 * <p>Text is UTF-8; a surrogate without its partner, which plain UTF-8 encoders turn into a question mark, keeps its own
 * three bytes, so that it cannot stand for the question mark. A context is its pairs in the order of their keys' UTF-16
 * code units, each key and each value preceded by its length in four bytes, big-endian; the empty context is nothing.
 */
final class Canonical {
    private static final byte[] NOTHING = {};

    private Canonical() {}

    static byte[] text(String text) {
        byte[] out = new byte[length(text)];
        write(text, out, 0);
        return out;
    }

    static byte[] context(Map<String, String> context) {
        if (context.isEmpty()) {
            return NOTHING;
        }
        String[] keys = context.keySet().toArray(String[]::new);
        Arrays.sort(keys);
        long size = 0;
        for (String key : keys) {
            size += 8L + length(key) + length(value(context, key));
        }
        byte[] out = new byte[Math.toIntExact(size)];
        int at = 0;
        for (String key : keys) {
            at = writeFramed(key, out, at);
            at = writeFramed(value(context, key), out, at);
        }
        return out;
    }

    private static String value(Map<String, String> context, String key) {
        return Objects.requireNonNull(context.get(key));
    }

    private static int writeFramed(String text, byte[] out, int at) {
        int end = write(text, out, at + 4);
        int length = end - at - 4;
        out[at] = (byte) (length >>> 24);
        out[at + 1] = (byte) (length >>> 16);
        out[at + 2] = (byte) (length >>> 8);
        out[at + 3] = (byte) length;
        return end;
    }

    private static int length(String text) {
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < 0x80) {
                length += 1;
            } else if (unit < 0x800) {
                length += 2;
            } else if (pairAt(text, i)) {
                length += 4;
                i++;
            } else {
                length += 3;
            }
        }
        return length;
    }

    private static int write(String text, byte[] out, int start) {
        int at = start;
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (unit < 0x80) {
                out[at++] = (byte) unit;
            } else if (unit < 0x800) {
                out[at++] = (byte) (0xC0 | (unit >> 6));
                out[at++] = (byte) (0x80 | (unit & 0x3F));
            } else if (pairAt(text, i)) {
                int point = Character.toCodePoint(unit, text.charAt(++i));
                out[at++] = (byte) (0xF0 | (point >> 18));
                out[at++] = (byte) (0x80 | ((point >> 12) & 0x3F));
                out[at++] = (byte) (0x80 | ((point >> 6) & 0x3F));
                out[at++] = (byte) (0x80 | (point & 0x3F));
            } else {
                out[at++] = (byte) (0xE0 | (unit >> 12));
                out[at++] = (byte) (0x80 | ((unit >> 6) & 0x3F));
                out[at++] = (byte) (0x80 | (unit & 0x3F));
            }
        }
        return at;
    }

    private static boolean pairAt(String text, int i) {
        return i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
    }
}
