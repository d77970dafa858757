package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Group;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DeleteGroupRequest;
import java.util.Optional;

/** DeleteGroup: only one without members and policies. */
final class DeleteGroup {
    private final Permit permit;

    DeleteGroup(Permit permit) {
        this.permit = permit;
    }

    Operation<DeleteGroupRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "DeleteGroup",
                DeleteGroupRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("groupName", in.groupName())));
    }

    private Effect<NoOutput> run(Attempt attempt, DeleteGroupRequest in) {
        Group group = Kind.GROUP.permitted(attempt, permit, in.groupName());
        if (!Entities.members(attempt.state(), group.account(), group.name()).isEmpty()) {
            throw IamErrors.mustFirst("remove users from group");
        }
        if (!group.policies().managed().isEmpty()) {
            throw IamErrors.mustFirst("detach all policies");
        }
        if (!group.policies().inline().isEmpty()) {
            throw IamErrors.mustFirst("delete policies");
        }
        return Effect.of(NoOutput.INSTANCE, Kind.GROUP.delete(group));
    }
}
