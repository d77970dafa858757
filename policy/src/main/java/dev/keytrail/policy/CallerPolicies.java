package dev.keytrail.policy;

import java.util.List;
import java.util.Optional;

/**
 * Every policy that travels with a caller.
 *
 * @param identity of the user and its groups, or of the role
 * @param boundary permissions boundary, if one is set
 * @param session session policies; {@code sessionRestricted} says whether they apply (they may be none, which denies all)
 * @param guardrails account-level policies (SCP kind): each of them must allow; empty means no limit
 */
public record CallerPolicies(
        List<NamedPolicy> identity,
        Optional<NamedPolicy> boundary,
        List<NamedPolicy> session,
        boolean sessionRestricted,
        List<NamedPolicy> guardrails) {
    /** For root users and services: nothing attached. */
    public static final CallerPolicies NONE =
            new CallerPolicies(List.of(), Optional.empty(), List.of(), false, List.of());

    public CallerPolicies {
        identity = List.copyOf(identity);
        session = List.copyOf(session);
        guardrails = List.copyOf(guardrails);
    }
}
