package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import java.util.Map;
import java.util.Optional;

/**
 * A ciphertext of {@link SymmetricKeys}, encrypted once more under a key that an external key manager keeps: whoever lacks
 * either key has nothing. The outer layer is made outside; here is only how its parts lie in one blob.
 *
 * <p>{@link CiphertextHeader} (55 bytes), length of the initialization vector (one byte: 12 or 16), the vector, tag (16),
 * length of the external key manager's own metadata (one byte: 0 to 20), the metadata, ciphertext.
 *
 * @param metadata what the external key manager wants to see again; empty for none
 */
public record ExternalCiphertext(Bytes initializationVector, Bytes tag, Bytes metadata, Bytes ciphertext) {
    /** Bounds of the external key store proxy specification. */
    public static final int METADATA_BYTES_MAX = 20;

    public static final int TAG_BYTES = 16;
    static final int VECTOR_BYTES_MIN = 12;
    static final int VECTOR_BYTES_MAX = 16;

    /** The least that lies around the ciphertext, behind the header. */
    static final int FRAME_BYTES = 1 + VECTOR_BYTES_MIN + TAG_BYTES + 1;

    public ExternalCiphertext {
        if (!isVectorLength(initializationVector.size())
                || tag.size() != TAG_BYTES
                || metadata.size() > METADATA_BYTES_MAX) {
            throw new IllegalArgumentException("external ciphertext with parts of other lengths");
        }
    }

    public static boolean isVectorLength(int bytes) {
        return bytes == VECTOR_BYTES_MIN || bytes == VECTOR_BYTES_MAX;
    }

    /** What the outer layer binds: the header's bytes, and SHA-256 of the canonical context. */
    public static Bytes additionalData(String account, String keyId, String materialId, Map<String, String> context) {
        byte[] header = header(account, keyId, materialId);
        byte[] digest = Sha256.start().digest(Canonical.context(context));
        byte[] out = new byte[header.length + digest.length];
        System.arraycopy(header, 0, out, 0, header.length);
        System.arraycopy(digest, 0, out, header.length, digest.length);
        return Bytes.adopt(out);
    }

    /** The blob. */
    public Bytes encoded(String account, String keyId, String materialId) {
        byte[] header = header(account, keyId, materialId);
        int parts = initializationVector.size() + tag.size() + metadata.size() + ciphertext.size();
        byte[] out = new byte[header.length + 2 + parts];
        System.arraycopy(header, 0, out, 0, header.length);
        int at = header.length;
        out[at++] = (byte) initializationVector.size();
        at = copy(initializationVector, out, at);
        at = copy(tag, out, at);
        out[at++] = (byte) metadata.size();
        at = copy(metadata, out, at);
        copy(ciphertext, out, at);
        return Bytes.adopt(out);
    }

    /** The parts behind the header; empty when they are not there. */
    public static Optional<ExternalCiphertext> parse(Bytes blob) {
        if (CiphertextHeader.parse(blob)
                .filter(header -> header.kind() == CiphertextHeader.Kind.EXTERNAL)
                .isEmpty()) {
            return Optional.empty();
        }
        int at = CiphertextHeader.SIZE_BYTES;
        int vectorBytes = blob.at(at++);
        if (!isVectorLength(vectorBytes) || blob.size() < at + vectorBytes + TAG_BYTES + 1) {
            return Optional.empty();
        }
        Bytes vector = blob.slice(at, at + vectorBytes);
        at += vectorBytes;
        Bytes tag = blob.slice(at, at + TAG_BYTES);
        at += TAG_BYTES;
        int metadataBytes = blob.at(at++);
        if (metadataBytes < 0 || metadataBytes > METADATA_BYTES_MAX || blob.size() <= at + metadataBytes) {
            return Optional.empty();
        }
        Bytes metadata = blob.slice(at, at + metadataBytes);
        return Optional.of(new ExternalCiphertext(vector, tag, metadata, blob.slice(at + metadataBytes, blob.size())));
    }

    private static byte[] header(String account, String keyId, String materialId) {
        return new CiphertextHeader(CiphertextHeader.Kind.EXTERNAL, account, keyId, materialId).encoded();
    }

    private static int copy(Bytes part, byte[] out, int at) {
        System.arraycopy(part.unsafeArray(), 0, out, at, part.size());
        return at + part.size();
    }
}
