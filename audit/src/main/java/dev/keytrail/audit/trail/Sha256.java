package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** The hash of names, log files and digests. */
final class Sha256 {
    private Sha256() {}

    static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** 64 lower-case hex digits. */
    static String hex(Bytes content) {
        return Bytes.adopt(start().digest(content.unsafeArray())).hex();
    }
}
