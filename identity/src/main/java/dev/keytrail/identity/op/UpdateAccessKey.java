package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AccessKey;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.UpdateAccessKeyRequest;
import java.util.Optional;

/** UpdateAccessKey: makes a key inactive or active again; binds the next request. */
final class UpdateAccessKey {
    private final Permit permit;

    UpdateAccessKey(Permit permit) {
        this.permit = permit;
    }

    Operation<UpdateAccessKeyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "UpdateAccessKey",
                UpdateAccessKeyRequest.class,
                NoOutput.class,
                this::run,
                UpdateAccessKey::facts);
    }

    private Effect<NoOutput> run(Attempt attempt, UpdateAccessKeyRequest in) {
        KeyHolder holder = KeyHolder.permitted(attempt, permit, in.userName());
        AccessKey key = holder.require(attempt, in.accessKeyId());
        boolean active = switch (in.status()) {
            case Active -> true;
            case Inactive -> false;
            case Expired -> throw IamErrors.invalidInput("A key's status can be set to Active or Inactive.");
        };
        return Effect.of(NoOutput.INSTANCE, Change.put(IdentityTables.ACCESS_KEYS, key.id(), key.withActive(active)));
    }

    private static Optional<Facts> facts(UpdateAccessKeyRequest in) {
        return Optional.of(Facts.facts()
                .put("userName", in.userName())
                .put("accessKeyId", in.accessKeyId())
                .put("status", in.status().value()));
    }
}
