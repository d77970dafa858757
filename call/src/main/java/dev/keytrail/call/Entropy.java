package dev.keytrail.call;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.UUID;

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
        ByteBuffer bytes = ByteBuffer.wrap(bytes(16));
        return uuid(bytes.getLong(), bytes.getLong());
    }

    /** These 16 bytes as a version 4 UUID, but for the six bits that say so. */
    static String uuid(long high, long low) {
        return new UUID((high & ~0xF000L) | 0x4000L, (low & ~(0xC0L << 56)) | (0x80L << 56)).toString();
    }
}
