package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DeleteUserRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** DeleteUser: only one that has no keys, password, devices, policies or memberships left. */
final class DeleteUser {
    private final Permit permit;

    DeleteUser(Permit permit) {
        this.permit = permit;
    }

    Operation<DeleteUserRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "DeleteUser",
                DeleteUserRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("userName", in.userName())));
    }

    private Effect<NoOutput> run(Attempt attempt, DeleteUserRequest in) {
        User user = Kind.USER.permitted(attempt, permit, in.userName());
        if (!user.groups().isEmpty()) {
            throw IamErrors.mustFirst("remove user from groups");
        }
        if (user.login().isPresent()) {
            throw IamErrors.mustFirst("delete login profile");
        }
        if (!user.mfaDevices().isEmpty()) {
            throw IamErrors.mustFirst("delete MFA device");
        }
        if (!user.accessKeys().isEmpty()) {
            throw IamErrors.mustFirst("delete access keys");
        }
        if (!user.policies().managed().isEmpty()) {
            throw IamErrors.mustFirst("detach all policies");
        }
        if (!user.policies().inline().isEmpty()) {
            throw IamErrors.mustFirst("delete policies");
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Kind.USER.delete(user));
        user.boundary()
                .flatMap(arn -> Attachments.boundaryRemoved(attempt, arn))
                .ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }
}
