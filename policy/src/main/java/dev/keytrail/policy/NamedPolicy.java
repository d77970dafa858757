package dev.keytrail.policy;

import java.util.Map;

/**
 * A compiled policy and the name a trace calls it by.
 *
 * @param name an ARN, {@code inline policy NAME of user NAME}, {@code key policy}, {@code session policy 1}, ...
 * @param meant unique ids of the users and roles that a resource policy named by ARN when it was written: whoever has the
 *     ARN now with another id is not named by it
 */
public record NamedPolicy(String name, Policy policy, Map<String, String> meant) {
    public NamedPolicy {
        meant = Map.copyOf(meant);
    }

    public NamedPolicy(String name, Policy policy) {
        this(name, policy, Map.of());
    }
}
