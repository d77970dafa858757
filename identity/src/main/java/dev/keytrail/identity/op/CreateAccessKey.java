package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AccessKeys;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.NewAccessKey;
import dev.keytrail.wire.shape.iam.AccessKey;
import dev.keytrail.wire.shape.iam.CreateAccessKeyRequest;
import dev.keytrail.wire.shape.iam.CreateAccessKeyResponse;
import dev.keytrail.wire.shape.iam.StatusType;

/** CreateAccessKey: the only answer that ever holds the secret. */
final class CreateAccessKey {
    /** AWS's quota AccessKeysPerUser. */
    static final int KEYS_MAX = 2;

    private final Permit permit;
    private final AccessKeys accessKeys;

    CreateAccessKey(Permit permit, AccessKeys accessKeys) {
        this.permit = permit;
        this.accessKeys = accessKeys;
    }

    Operation<CreateAccessKeyRequest, CreateAccessKeyResponse> row() {
        return Rows.changing(
                Service.IAM,
                "CreateAccessKey",
                CreateAccessKeyRequest.class,
                CreateAccessKeyResponse.class,
                this::run,
                in -> Rows.shown(Facts.facts().put("userName", in.userName())));
    }

    private Effect<CreateAccessKeyResponse> run(Attempt attempt, CreateAccessKeyRequest in) {
        KeyHolder holder = KeyHolder.permitted(attempt, permit, in.userName());
        if (holder.accessKeys().size() >= KEYS_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for AccessKeysPerUser: " + KEYS_MAX);
        }
        NewAccessKey key = accessKeys.create(
                attempt.call().account(), holder.owner(), attempt.call().receivedAt());
        String id = key.row().id();
        attempt.notes().named("AWS::IAM::AccessKey", id);
        AccessKey shape = AccessKey.builder()
                .userName(holder.userName())
                .accessKeyId(id)
                .status(StatusType.Active)
                .secretAccessKey(key.secret())
                .createDate(key.row().created())
                .build();
        Facts shown = Facts.facts()
                .put("userName", holder.userName())
                .put("accessKeyId", id)
                .put("status", StatusType.Active.value())
                .put("createDate", key.row().created());
        return Effect.of(
                        CreateAccessKeyResponse.builder().accessKey(shape).build(),
                        Change.put(IdentityTables.ACCESS_KEYS, id, key.row()),
                        holder.withAccessKeys(holder.accessKeysWith(id)))
                .showing(Facts.facts().put("accessKey", shown));
    }
}
