package dev.keytrail.identity.sigv4;

import dev.keytrail.call.Bytes;
import dev.keytrail.crypto.SigningKey;
import dev.keytrail.identity.sigv4.AuthenticationFailure.Reason;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Checks time and signature of a request (identity.md 1.1 to 1.3). Thread-safe. On the path of every call: one check is
 * two hashes and one HMAC over a buffer that is used again.
 */
public final class SigV4 {
    static final String MISMATCH = "The request signature we calculated does not match the signature you provided."
            + " Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
    static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";

    private static final DateTimeFormatter BASIC =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
    /** More checks than this in the same instant allocate their buffers anew. A power of two. */
    private static final int IDLE_MAX = 32;

    private static final int KNOWN_MAX = 1024;

    private final KnownClaims known = new KnownClaims(KNOWN_MAX);
    private final AtomicReferenceArray<Canonical> idle = new AtomicReferenceArray<>(IDLE_MAX);

    /** As {@link Claims#of}, and quicker for a client that was {@link #proven} today. */
    public Claims claims(SignedRequest request) {
        return Claims.of(request, known);
    }

    /** Says that the signature and the scope of these claims hold. */
    public void proven(SignedRequest request, Claims claims) {
        request.headers().first("authorization").ifPresent(header -> known.proven(header, claims));
    }

    /**
     * Refuses a request signed more than {@code skew} from {@code now}, a presigned one that is over, and a scope of
     * another day than the signature's time.
     */
    public void checkTime(Claims claims, Instant now, Duration skew) {
        Instant earliest = claims.signedAt();
        if (claims.expiresSeconds().isPresent()) {
            if (now.isAfter(earliest.plusSeconds(claims.expiresSeconds().get()))) {
                throw new AuthenticationFailure(Reason.URL_EXPIRED, "Request has expired.");
            }
        } else if (earliest.isBefore(now.minus(skew))) {
            throw new AuthenticationFailure(
                    Reason.CLOCK,
                    "Signature expired: " + claims.timestamp() + " is now earlier than " + BASIC.format(now.minus(skew))
                            + " (" + BASIC.format(now) + " - " + skew.toMinutes() + " min.)");
        }
        if (earliest.isAfter(now.plus(skew))) {
            throw new AuthenticationFailure(
                    Reason.CLOCK,
                    "Signature not yet current: " + claims.timestamp() + " is still later than "
                            + BASIC.format(now.plus(skew)) + " (" + BASIC.format(now) + " + " + skew.toMinutes()
                            + " min.)");
        }
        if (!claims.timestamp().startsWith(claims.scopeDate())) {
            throw new AuthenticationFailure(
                    Reason.CLOCK,
                    "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"
                            + claims.scopeDate() + "' != '" + claims.timestamp().substring(0, 8) + "', from '"
                            + claims.timestamp() + "'.");
        }
    }

    /**
     * Refuses unless the holder of {@code key} signed exactly this request.
     *
     * @param key derived for the scope of {@code claims}
     * @param s3 whether S3's rules hold: path as it is, payload forms other than the body's hash
     * @return what the signature says of the body
     */
    public PayloadPromise check(Claims claims, SignedRequest request, SigningKey key, boolean s3) {
        requireSigned(claims, request.headers());
        int slot = (int) Thread.currentThread().threadId() & (IDLE_MAX - 1);
        Canonical canonical = idle.getAndSet(slot, null);
        if (canonical == null) {
            canonical = new Canonical();
        }
        try {
            Optional<String> announced = request.headers().first("x-amz-content-sha256");
            String payload = s3 ? s3Payload(claims, announced) : canonical.bodyHash(wholeBody(request));
            if (!s3) {
                requireAnnounced(announced, payload);
            }
            canonical.request(claims, request, s3, payload);
            if (!canonical.signedAs(claims, key)) {
                throw new AuthenticationFailure(Reason.MISMATCH, MISMATCH);
            }
            return s3 ? s3Promise(claims, request, key, canonical, payload) : new PayloadPromise.Checked();
        } finally {
            idle.lazySet(slot, canonical);
        }
    }

    /** {@code host} and whatever starts with {@code x-amz-} count only if signed; each header named must be sent. */
    private static void requireSigned(Claims claims, HeaderList headers) {
        boolean host = claims.signedHeaders().contains("host")
                || claims.signedHeaders().contains(":authority");
        if (!host) {
            throw new AuthenticationFailure(
                    Reason.UNSIGNED_HEADERS,
                    "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");
        }
        for (int i = 0; i < headers.size(); i++) {
            String name = headers.name(i);
            if (name.startsWith("x-amz-") && !claims.signedHeaders().contains(name)) {
                throw new AuthenticationFailure(
                        Reason.UNSIGNED_HEADERS, "'" + name + "' must be a 'SignedHeader' in the AWS Authorization.");
            }
        }
    }

    private static Bytes wholeBody(SignedRequest request) {
        return request.body().orElseThrow(() -> new IllegalArgumentException("only S3 bodies may be read later"));
    }

    private static void requireAnnounced(Optional<String> announced, String bodyHash) {
        if (announced.isEmpty() || announced.get().strip().equals(bodyHash)) {
            return;
        }
        String value = announced.get();
        if (value.startsWith("STREAMING-") || value.equals(UNSIGNED_PAYLOAD)) {
            throw new AuthenticationFailure(
                    Reason.PAYLOAD_FORM,
                    "x-amz-content-sha256 must be the SHA-256 of the body: this service takes neither chunked nor"
                            + " unsigned payloads.");
        }
        throw new AuthenticationFailure(Reason.BODY_MISMATCH, MISMATCH);
    }

    private static String s3Payload(Claims claims, Optional<String> announced) {
        if (announced.isPresent()) {
            return announced.get().strip();
        }
        if (claims.presigned()) {
            return UNSIGNED_PAYLOAD;
        }
        throw new AuthenticationFailure(
                Reason.PAYLOAD_FORM, "Missing required header for this request: x-amz-content-sha256");
    }

    private static PayloadPromise s3Promise(
            Claims claims, SignedRequest request, SigningKey key, Canonical canonical, String payload) {
        switch (payload) {
            case UNSIGNED_PAYLOAD:
                return new PayloadPromise.Unsigned();
            case "STREAMING-UNSIGNED-PAYLOAD-TRAILER":
                return new PayloadPromise.UnsignedChunks();
            case "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER":
                ChunkSigner signer =
                        new ChunkSigner(key, claims.timestamp(), Canonical.scope(claims), claims.signature());
                return new PayloadPromise.SignedChunks(signer, payload.endsWith("TRAILER"));
            default:
                return hashed(request, canonical, payload);
        }
    }

    private static PayloadPromise hashed(SignedRequest request, Canonical canonical, String payload) {
        if (!payload.matches("[0-9a-f]{64}")) {
            throw new AuthenticationFailure(
                    Reason.PAYLOAD_FORM,
                    "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER,"
                            + " STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid"
                            + " sha256 value.");
        }
        if (request.body().isEmpty()) {
            return new PayloadPromise.Sha256(payload);
        }
        String actual = canonical.bodyHash(request.body().get());
        if (!MessageDigest.isEqual(
                actual.getBytes(StandardCharsets.US_ASCII), payload.getBytes(StandardCharsets.US_ASCII))) {
            throw new AuthenticationFailure(Reason.BODY_MISMATCH, MISMATCH);
        }
        return new PayloadPromise.Checked();
    }
}
