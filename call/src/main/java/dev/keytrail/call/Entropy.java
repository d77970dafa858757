package dev.keytrail.call;

import java.util.HexFormat;

/** The source of all chance. Cryptographically strong in production, seeded in tests. Thread-safe. */
@FunctionalInterface
public interface Entropy {
    void fill(byte[] target);

    default byte[] bytes(int count) {
        byte[] bytes = new byte[count];
        fill(bytes);
        return bytes;
    }

    /** Lower-case hex digits, two per byte. */
    default String hex(int bytes) {
        return HexFormat.of().formatHex(bytes(bytes));
    }

    /** A random (version 4) UUID in its usual text form (RFC 9562). */
    default String uuid() {
        byte[] bytes = bytes(16);
        bytes[6] = (byte) ((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte) ((bytes[8] & 0x3F) | 0x80);
        HexFormat hex = HexFormat.of();
        return hex.formatHex(bytes, 0, 4) + "-" + hex.formatHex(bytes, 4, 6) + "-" + hex.formatHex(bytes, 6, 8) + "-"
                + hex.formatHex(bytes, 8, 10) + "-" + hex.formatHex(bytes, 10, 16);
    }
}
