package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Optional;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Encrypts one object's content under a data key of its own. AES-256-GCM with a zero nonce, which is sound for the one
 * message that such a key ever encrypts: a key comes fresh from GenerateDataKey for each {@link #seal}.
 */
public final class ContentCipher {
    /** Bytes that sealing adds. */
    public static final int OVERHEAD_BYTES = 16;

    public static final int KEY_BYTES = 32;

    private static final int TAG_BITS = 128;
    private static final int NONCE_BYTES = 12;

    private ContentCipher() {}

    /** @param name what the content is, e.g. an object's ARN; authenticated */
    public static Bytes seal(Secret freshKey, String name, Bytes content) {
        try {
            return Bytes.adopt(cipher(Cipher.ENCRYPT_MODE, freshKey, name).doFinal(content.unsafeArray()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to seal", e);
        }
    }

    /** Empty when the bytes were not sealed with this key under this name. */
    public static Optional<Bytes> open(Secret key, String name, Bytes stored) {
        if (key.sizeBytes() != KEY_BYTES || stored.size() < OVERHEAD_BYTES) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    Bytes.adopt(cipher(Cipher.DECRYPT_MODE, key, name).doFinal(stored.unsafeArray())));
        } catch (AEADBadTagException altered) {
            return Optional.empty();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES-GCM refuses to open", e);
        }
    }

    private static Cipher cipher(int mode, Secret key, String name) throws GeneralSecurityException {
        if (key.sizeBytes() != KEY_BYTES) {
            throw new IllegalArgumentException("a content key has 32 bytes, not " + key.sizeBytes());
        }
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", Algorithms.jdk("SunJCE"));
        cipher.init(
                mode, new SecretKeySpec(key.reveal(), "AES"), new GCMParameterSpec(TAG_BITS, new byte[NONCE_BYTES]));
        cipher.updateAAD(name.getBytes(StandardCharsets.UTF_8));
        return cipher;
    }
}
