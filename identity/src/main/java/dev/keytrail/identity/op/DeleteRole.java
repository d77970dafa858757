package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DeleteRoleRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** DeleteRole: only one that has no policies left. Its sessions end with it. */
final class DeleteRole {
    private final Permit permit;

    DeleteRole(Permit permit) {
        this.permit = permit;
    }

    Operation<DeleteRoleRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "DeleteRole",
                DeleteRoleRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("roleName", in.roleName())));
    }

    private Effect<NoOutput> run(Attempt attempt, DeleteRoleRequest in) {
        Role role = Kind.ROLE.permitted(attempt, permit, in.roleName());
        if (!role.policies().managed().isEmpty()) {
            throw IamErrors.mustFirst("detach all policies");
        }
        if (!role.policies().inline().isEmpty()) {
            throw IamErrors.mustFirst("delete policies");
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Kind.ROLE.delete(role));
        role.boundary()
                .flatMap(arn -> Attachments.boundaryRemoved(attempt, arn))
                .ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }
}
