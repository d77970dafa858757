package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 of what is in memory. */
final class Sha {
    private Sha() {}

    static Bytes sum(Bytes content) {
        try {
            return Bytes.adopt(MessageDigest.getInstance("SHA-256").digest(content.unsafeArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
