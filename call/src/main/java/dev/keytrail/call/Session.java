package dev.keytrail.call;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What temporary credentials carry beside the principal.
 *
 * @param policies session policies: inline ones as documents, managed ones by ARN; they narrow, never widen
 * @param restricted true when session policies apply even if the list is empty (a federated user without any)
 * @param federatedProvider the OpenID Connect provider whose word the session was made on
 * @param transitiveTagKeys keys of {@code tags} that sessions made with this one inherit
 * @param fromConsole whether somebody signed in for it: {@code sessionCredentialFromConsole} in events
 * @param chained whether a role session made it
 */
public record Session(
        Instant issuedAt,
        Instant expiresAt,
        boolean mfaAuthenticated,
        Optional<String> sourceIdentity,
        Map<String, String> tags,
        List<String> policies,
        boolean restricted,
        List<String> transitiveTagKeys,
        Optional<String> federatedProvider,
        boolean fromConsole,
        boolean chained) {
    public Session {
        tags = Map.copyOf(tags);
        policies = List.copyOf(policies);
        transitiveTagKeys = List.copyOf(transitiveTagKeys);
    }

    /** A session that nobody signed in for, and no role session made. */
    public Session(
            Instant issuedAt,
            Instant expiresAt,
            boolean mfaAuthenticated,
            Optional<String> sourceIdentity,
            Map<String, String> tags,
            List<String> policies,
            boolean restricted,
            List<String> transitiveTagKeys,
            Optional<String> federatedProvider) {
        this(
                issuedAt,
                expiresAt,
                mfaAuthenticated,
                sourceIdentity,
                tags,
                policies,
                restricted,
                transitiveTagKeys,
                federatedProvider,
                false,
                false);
    }

    /** A session that no web identity stands behind. */
    public Session(
            Instant issuedAt,
            Instant expiresAt,
            boolean mfaAuthenticated,
            Optional<String> sourceIdentity,
            Map<String, String> tags,
            List<String> policies,
            boolean restricted,
            List<String> transitiveTagKeys) {
        this(
                issuedAt,
                expiresAt,
                mfaAuthenticated,
                sourceIdentity,
                tags,
                policies,
                restricted,
                transitiveTagKeys,
                Optional.empty());
    }

    /** A session without transitive tags. */
    public Session(
            Instant issuedAt,
            Instant expiresAt,
            boolean mfaAuthenticated,
            Optional<String> sourceIdentity,
            Map<String, String> tags,
            List<String> policies,
            boolean restricted) {
        this(issuedAt, expiresAt, mfaAuthenticated, sourceIdentity, tags, policies, restricted, List.of());
    }

    /** The same for other times, or as a console session, or as one that a role session made. */
    public Session as(Instant issued, Instant expires, boolean console, boolean byRole) {
        return new Session(
                issued,
                expires,
                mfaAuthenticated,
                sourceIdentity,
                tags,
                policies,
                restricted,
                transitiveTagKeys,
                federatedProvider,
                console,
                byRole);
    }
}
