package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.KeyUse;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.shape.iam.GetRoleRequest;
import dev.keytrail.wire.shape.iam.GetRoleResponse;
import java.util.Optional;

/** GetRole; when the role was last taken on is what event history tells. */
final class GetRole {
    private final Permit permit;
    private final KeyUse uses;

    GetRole(Permit permit, KeyUse uses) {
        this.permit = permit;
        this.uses = uses;
    }

    Operation<GetRoleRequest, GetRoleResponse> row() {
        return Rows.reading(
                Service.IAM,
                "GetRole",
                GetRoleRequest.class,
                GetRoleResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("roleName", in.roleName())));
    }

    private Effect<GetRoleResponse> run(Attempt attempt, GetRoleRequest in) {
        Role role = Kind.ROLE.permitted(attempt, permit, in.roleName());
        return Effect.of(GetRoleResponse.builder()
                .role(Roles.full(role, uses.lastOfRole(role.account(), role.arn())))
                .build());
    }
}
