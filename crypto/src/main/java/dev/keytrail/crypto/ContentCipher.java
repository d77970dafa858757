package dev.keytrail.crypto;

import dev.keytrail.call.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts contents of any length in segments that can be opened each by itself, so that neither writing nor reading a
 * part needs the whole in memory. Each content has a key of its own, derived from a data key and the content's id, which
 * must never be used for two contents; so a nonce is no more than the segment's number and whether it is the last.
 * Segments cannot be left out, reordered, or taken from another content, and an end cut off is noticed. Not thread-safe;
 * close it.
 */
public final class ContentCipher implements AutoCloseable {
    /** Content bytes of every segment but the last, which has at most that many; an empty content is one empty segment. */
    public static final int SEGMENT_BYTES = 64 * 1024;

    /** Bytes that sealing adds to each segment. */
    public static final int OVERHEAD_BYTES = 16;

    private static final int TAG_BITS = 128;
    private static final int NONCE_BYTES = 12;
    private static final String DERIVATION = "keytrail content key 1\n";

    private final Secret key;
    private final byte[] name;

    /**
     * @param dataKey 32 bytes; stays the caller's
     * @param contentId random, and of this content alone
     * @param name what the content is, e.g. an object's ARN; authenticated
     */
    public ContentCipher(Secret dataKey, String contentId, String name) {
        this.key = derived(dataKey, contentId);
        this.name = name.getBytes(StandardCharsets.UTF_8);
    }

    private static Secret derived(Secret dataKey, String contentId) {
        if (dataKey.sizeBytes() != 32) {
            throw new IllegalArgumentException("a data key has 32 bytes, not " + dataKey.sizeBytes());
        }
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(dataKey.reveal(), "HmacSHA256"));
            return Secret.adopt(mac.doFinal((DERIVATION + contentId).getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has HMAC with SHA-256", e);
        }
    }

    /** How many segments a content of that size has. */
    public static long segments(long contentBytes) {
        return Math.max(1, (contentBytes + SEGMENT_BYTES - 1) / SEGMENT_BYTES);
    }

    /** What a content of that size takes, sealed. */
    public static long sealedBytes(long contentBytes) {
        return contentBytes + segments(contentBytes) * OVERHEAD_BYTES;
    }

    /** Each segment once: sealing two contents under one number would give both away. */
    public byte[] seal(long segment, boolean last, byte[] content, int length) {
        try {
            return cipher(Cipher.ENCRYPT_MODE, segment, last).doFinal(content, 0, length);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to seal", e);
        }
    }

    /** Empty when it is not that segment of this content. */
    public Optional<byte[]> open(long segment, boolean last, byte[] sealed, int length) {
        if (length < OVERHEAD_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(cipher(Cipher.DECRYPT_MODE, segment, last).doFinal(sealed, 0, length));
        } catch (AEADBadTagException altered) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to open", e);
        }
    }

    private Cipher cipher(int mode, long segment, boolean last) throws GeneralSecurityException {
        byte[] nonce = ByteBuffer.allocate(NONCE_BYTES)
                .putInt(last ? 1 : 0)
                .putLong(segment)
                .array();
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", Algorithms.jdk("SunJCE"));
        cipher.init(mode, new SecretKeySpec(key.reveal(), "AES"), new GCMParameterSpec(TAG_BITS, nonce));
        cipher.updateAAD(name);
        return cipher;
    }

    @Override
    public void close() {
        key.close();
    }
}
