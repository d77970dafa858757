package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DeleteAccessKeyRequest;
import java.util.Optional;

/** DeleteAccessKey: binds the next request. */
final class DeleteAccessKey {
    private final Permit permit;

    DeleteAccessKey(Permit permit) {
        this.permit = permit;
    }

    Operation<DeleteAccessKeyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "DeleteAccessKey",
                DeleteAccessKeyRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("userName", in.userName()).put("accessKeyId", in.accessKeyId())));
    }

    private Effect<NoOutput> run(Attempt attempt, DeleteAccessKeyRequest in) {
        KeyHolder holder = KeyHolder.permitted(attempt, permit, in.userName());
        String id = holder.require(attempt, in.accessKeyId()).id();
        return Effect.of(
                NoOutput.INSTANCE,
                Change.delete(IdentityTables.ACCESS_KEYS, id),
                holder.withAccessKeys(holder.accessKeysWithout(id)));
    }
}
