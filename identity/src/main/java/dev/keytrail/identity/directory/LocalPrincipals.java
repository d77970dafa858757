package dev.keytrail.identity.directory;

import dev.keytrail.call.Arn;
import dev.keytrail.call.State;
import java.util.Optional;

/**
 * Users and roles that a policy names by ARN. Of accounts that live here they are looked up; of all others nothing can be
 * known, and they are taken as they are.
 */
public final class LocalPrincipals {
    private LocalPrincipals() {}

    public static boolean exists(State state, String principal) {
        return !isLocal(state, principal) || uniqueId(state, principal).isPresent();
    }

    /** The unique id of a user or role of this server; of a session of a role, the role's. */
    public static Optional<String> uniqueId(State state, String principal) {
        return ofSession(state, principal).or(() -> ofEntity(state, principal));
    }

    private static Optional<String> ofSession(State state, String principal) {
        String prefix = "assumed-role/";
        return Arn.parse(principal)
                .filter(arn -> arn.service().equals("sts") && arn.resource().startsWith(prefix))
                .flatMap(arn -> {
                    String rest = arn.resource().substring(prefix.length());
                    String role = rest.substring(0, Math.max(0, rest.indexOf('/')));
                    return state.get(IdentityTables.ROLES, IdentityTables.key(arn.account(), role));
                })
                .map(Role::id);
    }

    private static Optional<String> ofEntity(State state, String principal) {
        return Arn.parse(principal).filter(arn -> arn.service().equals("iam")).flatMap(arn -> {
            String name = arn.resource().substring(arn.resource().lastIndexOf('/') + 1);
            String key = IdentityTables.key(arn.account(), name);
            Optional<? extends Entity<?>> found = arn.resource().startsWith("user/")
                    ? state.get(IdentityTables.USERS, key)
                    : arn.resource().startsWith("role/") ? state.get(IdentityTables.ROLES, key) : Optional.empty();
            return found.filter(entity -> entity.arn().equals(principal)).map(Entity::id);
        });
    }

    private static boolean isLocal(State state, String principal) {
        return Arn.parse(principal)
                .filter(arn -> arn.service().equals("iam")
                        && (arn.resource().startsWith("user/") || arn.resource().startsWith("role/")))
                .flatMap(arn -> state.get(IdentityTables.ACCOUNTS, arn.account()))
                .isPresent();
    }
}
