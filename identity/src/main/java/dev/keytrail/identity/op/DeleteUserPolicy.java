package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DeleteUserPolicyRequest;
import java.util.Optional;

/** DeleteUserPolicy: removes an inline policy. */
final class DeleteUserPolicy {
    private final Permit permit;

    DeleteUserPolicy(Permit permit) {
        this.permit = permit;
    }

    Operation<DeleteUserPolicyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "DeleteUserPolicy",
                DeleteUserPolicyRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("userName", in.userName()).put("policyName", in.policyName())));
    }

    private Effect<NoOutput> run(Attempt attempt, DeleteUserPolicyRequest in) {
        User user = Users.permitted(attempt, permit, in.userName());
        if (user.policies().document(in.policyName()).isEmpty()) {
            throw IamErrors.noSuchInlinePolicy(in.policyName());
        }
        return Effect.of(
                NoOutput.INSTANCE, Users.putPolicies(user, user.policies().withoutInline(in.policyName())));
    }
}
