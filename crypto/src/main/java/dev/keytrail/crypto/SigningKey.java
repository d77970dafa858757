package dev.keytrail.crypto;

import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import javax.crypto.Mac;
import javax.crypto.ShortBufferException;
import javax.crypto.spec.SecretKeySpec;

/**
 * A Signature Version 4 signing key: what a secret access key becomes for one day, Region and service (identity.md 1.1).
 * It cannot be turned back into the secret. Thread-safe; keyed HMAC instances are kept for the next check, since keying
 * one costs as much as a check.
 */
public final class SigningKey {
    /** Bytes of a signature. */
    public static final int SIGNATURE_BYTES = 32;

    private static final String ALGORITHM = "HmacSHA256";
    /** More checks than this in the same instant key their HMAC anew. A power of two. */
    private static final int IDLE_MAX = 16;

    private final SecretKeySpec key;
    private final AtomicReferenceArray<Mac> idle = new AtomicReferenceArray<>(IDLE_MAX);

    private SigningKey(SecretKeySpec key) {
        this.key = key;
    }

    /**
     * The chain {@code AWS4 + secret -> date -> region -> service -> aws4_request}.
     *
     * @param secretAccessKey the 40 characters as ASCII
     * @param date yyyymmdd
     */
    public static SigningKey derive(Secret secretAccessKey, String date, String region, String service) {
        byte[] secret = secretAccessKey.reveal();
        byte[] link = new byte[4 + secret.length];
        System.arraycopy("AWS4".getBytes(StandardCharsets.US_ASCII), 0, link, 0, 4);
        System.arraycopy(secret, 0, link, 4, secret.length);
        for (String part : new String[] {date, region, service, "aws4_request"}) {
            byte[] next = keyed(new SecretKeySpec(link, ALGORITHM)).doFinal(part.getBytes(StandardCharsets.UTF_8));
            Arrays.fill(link, (byte) 0);
            link = next;
        }
        SecretKeySpec last = new SecretKeySpec(link, ALGORITHM);
        Arrays.fill(link, (byte) 0);
        return new SigningKey(last);
    }

    /** HMAC-SHA-256 of the first {@code length} bytes of {@code message} into {@code target}. */
    public void sign(byte[] message, int length, byte[] target) {
        int slot = (int) Thread.currentThread().threadId() & (IDLE_MAX - 1);
        Mac mac = idle.getAndSet(slot, null);
        if (mac == null) {
            mac = keyed(key);
        }
        mac.update(message, 0, length);
        try {
            mac.doFinal(target, 0);
        } catch (ShortBufferException e) {
            throw new IllegalArgumentException("target of " + target.length + " bytes", e);
        }
        idle.lazySet(slot, mac);
    }

    private static Mac keyed(SecretKeySpec key) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac;
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
        }
    }

    @Override
    public String toString() {
        return "SigningKey";
    }
}
