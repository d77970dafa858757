package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.kms.key.UsageHistory;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.DisableKeyRequest;

/** DisableKey: idempotent. */
final class DisableKey {
    private final KeyCare care;
    private final UsageHistory history;

    DisableKey(KeyCare care, UsageHistory history) {
        this.care = care;
        this.history = history;
    }

    Operation<DisableKeyRequest, NoOutput> row() {
        return Rows.changing(
                "DisableKey", DisableKeyRequest.class, NoOutput.class, this::run, in -> KeyCare.shown(in.keyId()));
    }

    private Effect<NoOutput> run(Attempt attempt, DisableKeyRequest in) {
        Key key = care.readyOf(
                attempt,
                in.keyId(),
                StateRule.SWITCHING,
                disabled -> to -> history.describe(disabled, attempt.call(), to));
        return Effect.of(NoOutput.INSTANCE, Change.put(Key.TABLE, key.rowKey(), key.switchedTo(KeyState.DISABLED)))
                .showing(Rows.keyArn(key.arn()));
    }
}
