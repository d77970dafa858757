package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DeletePolicyRequest;
import java.util.Optional;

/** DeletePolicy: only one that nobody uses and that has no version but the default one. */
final class DeletePolicy {
    private final Permit permit;

    DeletePolicy(Permit permit) {
        this.permit = permit;
    }

    Operation<DeletePolicyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "DeletePolicy",
                DeletePolicyRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("policyArn", in.policyArn())));
    }

    private Effect<NoOutput> run(Attempt attempt, DeletePolicyRequest in) {
        ManagedPolicy policy = CustomerPolicies.permitted(attempt, permit, in.policyArn());
        if (policy.attachments() + policy.boundaryUses() > 0) {
            throw IamErrors.deleteConflict("Cannot delete a policy attached to entities.");
        }
        if (policy.versions().size() > 1) {
            throw IamErrors.deleteConflict("This policy has more than one version. Before you delete a policy, you must"
                    + " delete the policy's versions. The default version is deleted with the policy.");
        }
        return Effect.of(
                NoOutput.INSTANCE,
                Change.delete(IdentityTables.POLICIES, IdentityTables.key(policy.account(), policy.name())));
    }
}
