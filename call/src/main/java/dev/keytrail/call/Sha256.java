package dev.keytrail.call;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** SHA-256 (FIPS 180-4). */
public final class Sha256 {
    private Sha256() {}

    /** For what comes in pieces. */
    public static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    public static Bytes of(Bytes content) {
        return Bytes.adopt(start().digest(content.unsafeArray()));
    }

    /** 64 lower-case hex digits. */
    public static String hex(Bytes content) {
        return of(content).hex();
    }
}
