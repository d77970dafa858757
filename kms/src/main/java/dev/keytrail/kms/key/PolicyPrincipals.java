package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.policy.Policy;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Whom a key policy meant: unique ids, at the time it was written, of the users and roles that it names by ARN, in
 * {@code kms.policy-principals} beside the key's row. One made later under the same name is another, as at AWS.
 */
public record PolicyPrincipals(Map<String, String> ids) {
    public static final Table<PolicyPrincipals> TABLE = new Table<>(
            "kms.policy-principals", RowCodec.of((row, out) -> out.version(1).texts(row.ids), in -> {
                in.version(1);
                return new PolicyPrincipals(in.textMap());
            }));

    public PolicyPrincipals {
        ids = Map.copyOf(ids);
    }

    /** To be committed with the policy. */
    public static Change<PolicyPrincipals> bind(State state, Principals principals, Key key, Policy policy) {
        Map<String, String> ids = new HashMap<>();
        for (String principal : policy.principals()) {
            principals.uniqueId(state, principal).ifPresent(id -> ids.put(principal, id));
        }
        return ids.isEmpty()
                ? Change.delete(TABLE, key.rowKey())
                : Change.put(TABLE, key.rowKey(), new PolicyPrincipals(ids));
    }

    /** The ids of a policy in force. Reads nothing for policies that name accounts alone, as most do. */
    static Map<String, String> of(State state, Key key, Policy policy) {
        return namesSomebody(policy.principals())
                ? state.get(TABLE, key.rowKey()).map(PolicyPrincipals::ids).orElse(Map.of())
                : Map.of();
    }

    private static boolean namesSomebody(Set<String> principals) {
        for (String principal : principals) {
            if (principal.startsWith("arn:") && !principal.endsWith(":root")) {
                return true;
            }
        }
        return false;
    }
}
