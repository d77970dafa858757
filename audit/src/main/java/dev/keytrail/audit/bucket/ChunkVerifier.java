package dev.keytrail.audit.bucket;

/**
 * Port: checks the signatures inside one {@code aws-chunked} body, each chained to the one before, the first to that of
 * the request. Called in the body's order, by one thread; after a refusal nothing more is accepted.
 */
public interface ChunkVerifier {
    /** Whether {@code signature} is the next chunk's, whose data have this SHA-256. */
    boolean acceptsChunk(String signature, byte[] sha256);

    /** Whether {@code signature} is the trailer's; the hash is of its lines {@code name:value\n}. */
    boolean acceptsTrailer(String signature, byte[] sha256);
}
