package dev.keytrail.identity.sigv4;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Authorization headers that proved right, up to their signatures: a client's next header differs in nothing else for
 * the rest of the day, and reading scope and header names again costs more than all else that is read of it. Bounded by
 * starting over. Thread-safe.
 */
final class KnownClaims {
    /** Never knows any. */
    static final KnownClaims NONE = new KnownClaims(0);

    private static final String SIGNATURE = "Signature=";

    private final Map<String, Claims> claims = new ConcurrentHashMap<>();
    private final int most;

    /** @param most so many headers of at most {@link Claims#AUTHORIZATION_CHARS_MAX} characters */
    KnownClaims(int most) {
        this.most = most;
    }

    /** Claims that were proven under a header that is the same up to its last 64 characters. */
    Optional<Claims> like(String authorization) {
        return claims.isEmpty() ? Optional.empty() : Optional.ofNullable(claims.get(beforeSignature(authorization)));
    }

    void proven(String authorization, Claims proven) {
        String before = beforeSignature(authorization);
        if (most == 0 || proven.presigned() || !before.endsWith(SIGNATURE)) {
            return;
        }
        if (claims.size() >= most) {
            claims.clear();
        }
        claims.putIfAbsent(before, proven.unsigned()); // neither token nor signature stays in memory
    }

    private static String beforeSignature(String authorization) {
        return authorization.substring(0, Math.max(0, authorization.length() - Claims.SIGNATURE_CHARS));
    }
}
