package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * A ciphertext that a cryptographic token made with AES-GCM: {@link CiphertextHeader} (55 bytes), initialization vector
 * (12), ciphertext, tag (16). Header and canonical encryption context are the additional data.
 *
 * @param sealed ciphertext and tag, as PKCS#11 gives them
 */
public record TokenCiphertext(Bytes initializationVector, Bytes sealed) {
    public static final int VECTOR_BYTES = 12;
    public static final int TAG_BYTES = 16;
    static final int OVERHEAD_BYTES = VECTOR_BYTES + TAG_BYTES;

    /** What the tag covers beside the ciphertext. */
    public static Bytes additionalData(String account, String keyId, String materialId, Map<String, String> context) {
        byte[] header = header(account, keyId, materialId);
        byte[] canonical = Canonical.context(context);
        byte[] out = Arrays.copyOf(header, header.length + canonical.length);
        System.arraycopy(canonical, 0, out, header.length, canonical.length);
        return Bytes.adopt(out);
    }

    public Bytes encoded(String account, String keyId, String materialId) {
        byte[] header = header(account, keyId, materialId);
        byte[] out = Arrays.copyOf(header, header.length + VECTOR_BYTES + sealed.size());
        System.arraycopy(initializationVector.unsafeArray(), 0, out, header.length, VECTOR_BYTES);
        System.arraycopy(sealed.unsafeArray(), 0, out, header.length + VECTOR_BYTES, sealed.size());
        return Bytes.adopt(out);
    }

    /** The parts behind the header; empty when they are not there. */
    public static Optional<TokenCiphertext> parse(Bytes blob) {
        int sealedAt = CiphertextHeader.SIZE_BYTES + VECTOR_BYTES;
        return CiphertextHeader.parse(blob)
                .filter(header -> header.kind() == CiphertextHeader.Kind.TOKEN)
                .map(header -> new TokenCiphertext(
                        blob.slice(CiphertextHeader.SIZE_BYTES, sealedAt), blob.slice(sealedAt, blob.size())));
    }

    private static byte[] header(String account, String keyId, String materialId) {
        return new CiphertextHeader(CiphertextHeader.Kind.TOKEN, account, keyId, materialId).encoded();
    }
}
