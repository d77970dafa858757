package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/**
 * What a KMS ciphertext says in clear: whose key and which material made it. Nothing in it is trusted before the tag
 * check of {@link SymmetricKeys#open}.
 *
 * @param account twelve digits
 * @param keyId {@code 1234abcd-...} or {@code mrk-...}
 * @param materialId the 64 hex digits of {@link WrappedMaterial#id()}
 */
public record CiphertextHeader(String account, String keyId, String materialId) {
    /** Empty when the bytes are not a ciphertext of ours: too short, unknown version. */
    public static Optional<CiphertextHeader> parse(Bytes ciphertext) {
        throw new UnsupportedOperationException("size " + ciphertext.size());
    }
}
