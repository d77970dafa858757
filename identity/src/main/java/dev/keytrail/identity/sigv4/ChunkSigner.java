package dev.keytrail.identity.sigv4;

import dev.keytrail.crypto.SigningKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * Checks the chain of chunk signatures of one S3 upload: each covers the one before, the first the request's own. One
 * upload, one thread; after a refusal nothing more is accepted.
 */
public final class ChunkSigner {
    /** SHA-256 of nothing, which stands where a chunk could have headers. */
    private static final String EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private final SigningKey key;
    private final String timestamp;
    private final String scope;
    private String previous;
    private boolean broken;

    ChunkSigner(SigningKey key, String timestamp, String scope, String seed) {
        this.key = key;
        this.timestamp = timestamp;
        this.scope = scope;
        this.previous = seed;
    }

    /** True if {@code signature} (64 hex digits) is the next chunk's, whose data have this SHA-256. */
    public boolean acceptsChunk(String signature, byte[] sha256) {
        return accepts(
                "AWS4-HMAC-SHA256-PAYLOAD",
                signature,
                EMPTY + "\n" + HexFormat.of().formatHex(sha256));
    }

    /** True if {@code signature} is the trailer's; the hash is of its lines {@code name:value\n}. */
    public boolean acceptsTrailer(String signature, byte[] sha256) {
        return accepts("AWS4-HMAC-SHA256-TRAILER", signature, HexFormat.of().formatHex(sha256));
    }

    private boolean accepts(String algorithm, String signature, String hashes) {
        String text = algorithm + "\n" + timestamp + "\n" + scope + "\n" + previous + "\n" + hashes;
        byte[] message = text.getBytes(StandardCharsets.UTF_8);
        byte[] expected = new byte[SigningKey.SIGNATURE_BYTES];
        key.sign(message, message.length, expected);
        byte[] hex = HexFormat.of().formatHex(expected).getBytes(StandardCharsets.US_ASCII);
        broken |= !MessageDigest.isEqual(hex, signature.getBytes(StandardCharsets.UTF_8));
        previous = signature;
        return !broken;
    }
}
