package dev.keytrail.server;

import dev.keytrail.call.Arn;
import dev.keytrail.call.State;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.kms.key.Principals;
import java.util.Optional;

/**
 * Tells kms whether a principal that a key policy names exists. Of accounts that live here users and roles are looked up;
 * of all others nothing can be known, and they are taken as they are.
 */
final class LocalPrincipals implements Principals {
    @Override
    public boolean exists(State state, String principal) {
        Optional<Arn> parsed = Arn.parse(principal);
        if (parsed.isEmpty() || !parsed.get().service().equals("iam")) {
            return true;
        }
        Arn arn = parsed.get();
        if (state.get(IdentityTables.ACCOUNTS, arn.account()).isEmpty()) {
            return true;
        }
        String name = arn.resource().substring(arn.resource().lastIndexOf('/') + 1);
        String key = IdentityTables.key(arn.account(), name);
        if (arn.resource().startsWith("user/")) {
            return state.get(IdentityTables.USERS, key)
                    .map(user -> user.principal().arn().equals(principal))
                    .orElse(false);
        }
        if (arn.resource().startsWith("role/")) {
            return state.get(IdentityTables.ROLES, key)
                    .map(role -> arn.resource().equals("role" + role.path() + role.name()))
                    .orElse(false);
        }
        return true;
    }
}
