package dev.keytrail.audit.bucket;

import dev.keytrail.call.Refused;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Decodes an {@code aws-chunked} body: with a signature for each chunk ({@code STREAMING-AWS4-HMAC-SHA256-PAYLOAD}, and
 * {@code -TRAILER}), or without ({@code STREAMING-UNSIGNED-PAYLOAD-TRAILER}).
 *
 * <p>Bytes come out before the signature of their chunk has been checked: the reader must throw away everything if any
 * read ends in a {@link Refused}. Only after the end ({@code -1}) is the whole body proven, and {@link #trailers} known.
 * Not thread-safe.
 */
final class AwsChunkedStream extends InputStream {
    /** A chunk's size line: 16 hex digits, the extension's name, 64 digits, and some room. */
    private static final int SIZE_LINE_BYTES_MAX = 160;

    private static final int TRAILER_BYTES_MAX = 4096;
    private static final String SIGNATURE_EXTENSION = "chunk-signature=";
    private static final String TRAILER_SIGNATURE = "x-amz-trailer-signature";

    private final InputStream source;
    private final Optional<ChunkVerifier> signer;
    private final boolean trailing;
    private final MessageDigest chunkDigest = Checksum.digest("SHA-256");
    private final Map<String, String> trailers = new LinkedHashMap<>();
    private final byte[] buffer = new byte[16 * 1024];

    private int bufferedFrom;
    private int bufferedTo;
    private String chunkSignature = "";
    private long chunkLeft;
    private boolean inChunk;
    private boolean ended;

    /**
     * @param signer empty for unsigned chunks
     * @param trailing whether trailers may follow the last chunk
     */
    AwsChunkedStream(InputStream source, Optional<ChunkVerifier> signer, boolean trailing) {
        this.source = source;
        this.signer = signer;
        this.trailing = trailing;
    }

    /** Header names in lower case; complete at the end of the body. */
    Map<String, String> trailers() {
        return trailers;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (!ended && !inChunk) {
            startChunk();
        }
        if (ended) {
            return -1;
        }
        if (bufferedFrom == bufferedTo && !refill()) {
            throw S3Error.INCOMPLETE_BODY.refused();
        }
        int count = (int) Math.min(Math.min(length, bufferedTo - bufferedFrom), chunkLeft);
        System.arraycopy(buffer, bufferedFrom, target, offset, count);
        bufferedFrom += count;
        chunkLeft -= count;
        if (signer.isPresent()) {
            chunkDigest.update(target, offset, count);
        }
        if (chunkLeft == 0) {
            endChunk();
        }
        return count;
    }

    private void startChunk() throws IOException {
        String line = line(SIZE_LINE_BYTES_MAX);
        int semicolon = line.indexOf(';');
        chunkLeft = size(semicolon < 0 ? line : line.substring(0, semicolon));
        if (signer.isPresent()) {
            String extension = semicolon < 0 ? "" : line.substring(semicolon + 1);
            if (!extension.startsWith(SIGNATURE_EXTENSION)) {
                throw S3Error.SIGNATURE_DOES_NOT_MATCH.refused();
            }
            chunkSignature = extension.substring(SIGNATURE_EXTENSION.length());
        }
        if (chunkLeft > 0) {
            inChunk = true;
            return;
        }
        checkChunk();
        readTrailers();
        if (bufferedFrom < bufferedTo || refill()) {
            throw S3Error.INVALID_REQUEST.refused("The chunked body goes on after its last chunk.");
        }
        ended = true;
    }

    private static long size(String digits) {
        // Twelve digits are 256 TiB, far beyond any object, and cannot overflow.
        if (digits.isEmpty() || digits.length() > 12 || !digits.chars().allMatch(HexFormat::isHexDigit)) {
            throw malformed();
        }
        return HexFormat.fromHexDigitsToLong(digits);
    }

    private void endChunk() throws IOException {
        inChunk = false;
        checkChunk();
        if (!line(2).isEmpty()) {
            throw malformed();
        }
    }

    private void checkChunk() {
        if (signer.isPresent() && !signer.get().acceptsChunk(chunkSignature, chunkDigest.digest())) {
            throw S3Error.SIGNATURE_DOES_NOT_MATCH.refused();
        }
    }

    private void readTrailers() throws IOException {
        StringBuilder canonical = new StringBuilder();
        Optional<String> signature = Optional.empty();
        int left = TRAILER_BYTES_MAX;
        // Some clients end the body right after the last size line, without the empty line that the grammar has.
        while (bufferedFrom < bufferedTo || refill()) {
            String line = line(left);
            left -= line.length() + 2;
            if (line.isEmpty()) {
                break;
            }
            int colon = line.indexOf(':');
            if (colon < 1 || !trailing || left <= 0) {
                throw malformed();
            }
            String name = line.substring(0, colon).strip().toLowerCase(java.util.Locale.ROOT);
            String value = line.substring(colon + 1).strip();
            if (name.equals(TRAILER_SIGNATURE)) {
                signature = Optional.of(value);
            } else {
                trailers.put(name, value);
                canonical.append(name).append(':').append(value).append('\n');
            }
        }
        if (signer.isPresent() && trailing) {
            byte[] digest =
                    Checksum.digest("SHA-256").digest(canonical.toString().getBytes(StandardCharsets.ISO_8859_1));
            if (!signer.get().acceptsTrailer(signature.orElse(""), digest)) {
                throw S3Error.SIGNATURE_DOES_NOT_MATCH.refused();
            }
        }
    }

    /** The bytes up to the next line feed, without it and a carriage return before it. */
    private String line(int bytesMax) throws IOException {
        StringBuilder line = new StringBuilder();
        while (true) {
            if (bufferedFrom == bufferedTo && !refill()) {
                throw S3Error.INCOMPLETE_BODY.refused();
            }
            char c = (char) (buffer[bufferedFrom++] & 0xFF);
            if (c == '\n') {
                int end = line.length();
                return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
            }
            if (line.length() >= bytesMax) {
                throw malformed();
            }
            line.append(c);
        }
    }

    private boolean refill() throws IOException {
        bufferedFrom = 0;
        bufferedTo = Math.max(0, source.read(buffer, 0, buffer.length));
        return bufferedTo > 0;
    }

    private static Refused malformed() {
        return S3Error.INVALID_REQUEST.refused("The chunked body is malformed.");
    }
}
