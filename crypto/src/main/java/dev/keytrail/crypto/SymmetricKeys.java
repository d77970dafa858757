package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.util.Map;
import java.util.Optional;

/**
 * SYMMETRIC_DEFAULT: makes material, seals and opens. Unwrapped material is cached inside, bounded. Thread-safe.
 *
 * <p>Construction (AWS's published one): a message key from material and a 128-bit random nonce by the SP 800-108 counter
 * mode KDF with HMAC-SHA-256, then AES-256-GCM with the canonical encryption context as additional data.
 */
public final class SymmetricKeys {
    public SymmetricKeys(Vault vault, Entropy entropy) {
        if (vault == null || entropy == null) {
            throw new IllegalArgumentException();
        }
    }

    /** Fresh 256-bit material for the key {@code keyId} of {@code account}. */
    public WrappedMaterial generate(String account, String keyId) {
        throw new UnsupportedOperationException(account + keyId);
    }

    /** A ciphertext that names account, key and material, at most 6144 bytes for 4096 of plaintext. */
    public Bytes seal(
            String account, String keyId, WrappedMaterial material, Secret plaintext, Map<String, String> context) {
        throw new UnsupportedOperationException(
                account + keyId + material.id() + plaintext.sizeBytes() + context.size());
    }

    /** Empty when anything is altered, the context differs, or the material is another one. */
    public Optional<Secret> open(
            String account, String keyId, WrappedMaterial material, Bytes ciphertext, Map<String, String> context) {
        throw new UnsupportedOperationException(account + keyId + material.id() + ciphertext.size() + context.size());
    }

    /** {@code count} random bytes, as a secret. */
    public Secret random(int count) {
        throw new UnsupportedOperationException("" + count);
    }
}
