package dev.keytrail.identity.directory;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.util.Arrays;
import java.util.Base64;

/** Makes the identifiers of identity.md section 3, and secrets. Unique by chance: 80 bits and more. */
public final class Identifiers {
    private static final String BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private static final int SECRET_BYTES = 30;

    private final Entropy entropy;

    public Identifiers(Entropy entropy) {
        this.entropy = entropy;
    }

    /** {@code AKIA} and 16 characters. */
    public String accessKeyId() {
        return "AKIA" + base32(16);
    }

    /** {@code ASIA} and 16 characters. */
    public String temporaryAccessKeyId() {
        return "ASIA" + base32(16);
    }

    /** A prefix such as {@code AIDA} and 17 characters. */
    public String uniqueId(String prefix) {
        return prefix + base32(17);
    }

    /** Twelve digits, the first not zero. */
    public String accountId() {
        byte[] bytes = entropy.bytes(8);
        long number = 0;
        for (byte octet : bytes) {
            number = number << 8 | octet & 0xFF;
        }
        return Long.toString(100_000_000_000L + Long.remainderUnsigned(number, 900_000_000_000L));
    }

    /** 40 characters of base64: 240 bits. */
    public Secret secretAccessKey() {
        byte[] random = entropy.bytes(SECRET_BYTES);
        Secret secret = Secret.adopt(Base64.getEncoder().encode(random));
        Arrays.fill(random, (byte) 0);
        return secret;
    }

    private String base32(int length) {
        StringBuilder out = new StringBuilder(length);
        for (byte octet : entropy.bytes(length)) {
            out.append(BASE32.charAt(octet & 31));
        }
        return out.toString();
    }
}
