package dev.keytrail.call;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What temporary credentials carry beside the principal.
 *
 * @param policies inline and managed session policies, as documents; they narrow, never widen
 * @param restricted true when session policies apply even if the list is empty (a federated user without any)
 */
public record Session(
        Instant issuedAt,
        Instant expiresAt,
        boolean mfaAuthenticated,
        Optional<String> sourceIdentity,
        Map<String, String> tags,
        List<String> policies,
        boolean restricted) {
    public Session {
        tags = Map.copyOf(tags);
        policies = List.copyOf(policies);
    }
}
