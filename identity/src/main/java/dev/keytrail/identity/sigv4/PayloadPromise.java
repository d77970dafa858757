package dev.keytrail.identity.sigv4;

/** What a verified signature says of the body, and so what is left to check by whoever reads it. */
public sealed interface PayloadPromise {
    /** The body was at hand and its hash is part of the signature: nothing is left. */
    record Checked() implements PayloadPromise {}

    /** S3, body not read yet: it must have this SHA-256 (64 lower-case hex digits). */
    record Sha256(String hex) implements PayloadPromise {}

    /** S3 {@code UNSIGNED-PAYLOAD} and presigned URLs: the signature says nothing of the body. */
    record Unsigned() implements PayloadPromise {}

    /**
     * S3 {@code STREAMING-AWS4-HMAC-SHA256-PAYLOAD}, with {@code -TRAILER} if {@code trailer}: each chunk carries a
     * signature that {@code signer} must accept, the empty last chunk too.
     */
    record SignedChunks(ChunkSigner signer, boolean trailer) implements PayloadPromise {}

    /** S3 {@code STREAMING-UNSIGNED-PAYLOAD-TRAILER}: chunks without signatures, then a trailer with a checksum. */
    record UnsignedChunks() implements PayloadPromise {}
}
