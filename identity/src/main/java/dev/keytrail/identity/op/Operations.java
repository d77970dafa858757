package dev.keytrail.identity.op;

import dev.keytrail.call.Operation;
import dev.keytrail.identity.directory.AccessKeys;
import dev.keytrail.identity.directory.Bootstrap;
import dev.keytrail.identity.directory.Identifiers;
import dev.keytrail.identity.directory.IdentityPolicies;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PolicyCache;
import java.util.List;

/** The rows of this room. */
public final class Operations {
    private Operations() {}

    public static List<Operation<?, ?>> rows(
            Authorizer authorizer,
            PolicyCache cache,
            IdentityPolicies policies,
            Identifiers identifiers,
            AccessKeys accessKeys,
            Bootstrap bootstrap) {
        Permit permit = new Permit(authorizer, policies);
        Documents documents = new Documents(cache);
        return List.of(
                new CreateAccount(permit, bootstrap).row(),
                GetCallerIdentity.row(),
                new GetAccessKeyInfo(permit).row(),
                new CreateUser(permit, identifiers).row(),
                new GetUser(permit).row(),
                new ListUsers(permit).row(),
                new DeleteUser(permit).row(),
                new CreateAccessKey(permit, accessKeys).row(),
                new ListAccessKeys(permit).row(),
                new UpdateAccessKey(permit).row(),
                new DeleteAccessKey(permit).row(),
                new PutUserPolicy(permit, documents).row(),
                new GetUserPolicy(permit).row(),
                new ListUserPolicies(permit).row(),
                new DeleteUserPolicy(permit).row(),
                new AttachUserPolicy(permit).row(),
                new DetachUserPolicy(permit).row(),
                new ListAttachedUserPolicies(permit).row());
    }
}
