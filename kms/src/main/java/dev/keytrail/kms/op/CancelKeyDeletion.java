package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Backing;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.CancelKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.CancelKeyDeletionResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** CancelKeyDeletion: the key is kept, disabled whatever it was before. */
final class CancelKeyDeletion {
    private final KeyCare care;

    CancelKeyDeletion(KeyCare care) {
        this.care = care;
    }

    Operation<CancelKeyDeletionRequest, CancelKeyDeletionResponse> row() {
        return Rows.changing(
                "CancelKeyDeletion",
                CancelKeyDeletionRequest.class,
                CancelKeyDeletionResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId()));
    }

    private Effect<CancelKeyDeletionResponse> run(Attempt attempt, CancelKeyDeletionRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.CANCELLING_DELETION);
        if (key.backing().flatMap(Backing::tokenKey).isPresent()
                && key.deletionDate()
                        .filter(date -> !date.isAfter(attempt.call().receivedAt()))
                        .isPresent()) {
            // Its key in the token may be destroyed already.
            throw KmsErrors.wrongState(key);
        }
        KeyState next = key.isComplete() ? KeyState.DISABLED : KeyState.PENDING_IMPORT;
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.put(Key.TABLE, key.rowKey(), key.withState(next)));
        key.deletionDate()
                .ifPresent(date ->
                        changes.add(Change.delete(Due.TABLE, Due.of(key, date).rowKey())));
        if (key.state() == KeyState.PENDING_REPLICA_DELETION) {
            RelatedKeys.of(attempt.state(), key)
                    .ifPresent(related ->
                            changes.add(related.waiting(Optional.empty()).put()));
        }
        return Effect.of(CancelKeyDeletionResponse.builder().keyId(key.arn()).build(), changes)
                .showing(Rows.keyArn(key.arn()));
    }
}
