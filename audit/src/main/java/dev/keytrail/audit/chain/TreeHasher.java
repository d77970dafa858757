package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import java.security.DigestException;
import java.security.MessageDigest;

/** The hashes of RFC 6962 section 2.1, SHA-256. Not thread-safe: holds one digest. */
public final class TreeHasher {
    public static final int HASH_BYTES = 32;

    private static final byte LEAF = 0;
    private static final byte NODE = 1;

    private final MessageDigest digest;

    public TreeHasher() {
        digest = Sha256.start();
    }

    /** The root of a tree without leaves. */
    Bytes empty() {
        return Bytes.adopt(digest.digest());
    }

    Bytes leaf(Bytes entry) {
        digest.update(LEAF);
        digest.update(entry.unsafeArray());
        return Bytes.adopt(digest.digest());
    }

    /** The hash of the leaf that lies in {@code from}, put into {@code into}. */
    public void leaf(byte[] from, int offset, int length, byte[] into, int at) {
        digest.update(LEAF);
        digest.update(from, offset, length);
        try {
            digest.digest(into, at, HASH_BYTES);
        } catch (DigestException e) {
            throw new IllegalStateException(e);
        }
    }

    Bytes node(Bytes left, Bytes right) {
        digest.update(NODE);
        digest.update(left.unsafeArray());
        digest.update(right.unsafeArray());
        return Bytes.adopt(digest.digest());
    }

    /**
     * The hash over so many consecutive hashes of a tile.
     *
     * @param count a power of two
     */
    Bytes subtree(Bytes hashes, int first, int count) {
        byte[] row =
                java.util.Arrays.copyOfRange(hashes.unsafeArray(), first * HASH_BYTES, (first + count) * HASH_BYTES);
        try {
            for (int width = count; width > 1; width /= 2) {
                for (int i = 0; i < width / 2; i++) {
                    digest.update(NODE);
                    digest.update(row, 2 * i * HASH_BYTES, 2 * HASH_BYTES);
                    digest.digest(row, i * HASH_BYTES, HASH_BYTES);
                }
            }
        } catch (DigestException e) {
            throw new IllegalStateException(e);
        }
        return Bytes.adopt(java.util.Arrays.copyOf(row, HASH_BYTES));
    }
}
