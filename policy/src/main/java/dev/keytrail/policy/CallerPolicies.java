package dev.keytrail.policy;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Every policy that travels with a caller.
 *
 * @param identity of the user and its groups, or of the role; for a federated user its issuer's
 * @param boundary permissions boundary, if one is set
 * @param session session policies; {@code sessionRestricted} says whether they apply (they may be none, which denies all)
 * @param guardrails account-level policies (SCP kind): each of them must allow, or be one that only denies; empty means no
 *     limit
 * @param tags of the user or role; answer {@code aws:PrincipalTag/*} where the session has no tag of that key
 */
public record CallerPolicies(
        List<NamedPolicy> identity,
        Optional<NamedPolicy> boundary,
        List<NamedPolicy> session,
        boolean sessionRestricted,
        List<NamedPolicy> guardrails,
        Map<String, String> tags) {
    /** For root users and services: nothing attached. */
    public static final CallerPolicies NONE =
            new CallerPolicies(List.of(), Optional.empty(), List.of(), false, List.of());

    public CallerPolicies {
        identity = List.copyOf(identity);
        session = List.copyOf(session);
        guardrails = List.copyOf(guardrails);
        tags = Map.copyOf(tags);
    }

    /** For a caller whose user or role has no tags. */
    public CallerPolicies(
            List<NamedPolicy> identity,
            Optional<NamedPolicy> boundary,
            List<NamedPolicy> session,
            boolean sessionRestricted,
            List<NamedPolicy> guardrails) {
        this(identity, boundary, session, sessionRestricted, guardrails, Map.of());
    }

    /** Session policies narrow as soon as there is one. */
    boolean hasSessionLimit() {
        return sessionRestricted || !session.isEmpty();
    }
}
