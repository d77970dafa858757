package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.UpdateAssumeRolePolicyRequest;
import java.util.Map;
import java.util.Optional;

/** UpdateAssumeRolePolicy: who may assume the role from now on; sessions that exist go on. */
final class UpdateAssumeRolePolicy {
    private final Permit permit;
    private final Documents documents;

    UpdateAssumeRolePolicy(Permit permit, Documents documents) {
        this.permit = permit;
        this.documents = documents;
    }

    Operation<UpdateAssumeRolePolicyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "UpdateAssumeRolePolicy",
                UpdateAssumeRolePolicyRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(
                        Facts.facts().put("roleName", in.roleName()).put("policyDocument", in.policyDocument())));
    }

    private Effect<NoOutput> run(Attempt attempt, UpdateAssumeRolePolicyRequest in) {
        Role role = Kind.ROLE.permitted(attempt, permit, in.roleName());
        Map<String, String> trusted = documents.requireTrustPolicy(attempt.state(), in.policyDocument());
        return Effect.of(NoOutput.INSTANCE, Kind.ROLE.put(role.withTrust(in.policyDocument(), trusted)));
    }
}
