package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.EnableKeyRequest;
import java.util.ArrayList;
import java.util.List;

/** EnableKey: idempotent. A rotation that fell due meanwhile is made up for at once. */
final class EnableKey {
    private final KeyCare care;

    EnableKey(KeyCare care) {
        this.care = care;
    }

    Operation<EnableKeyRequest, NoOutput> row() {
        return Rows.changing(
                "EnableKey", EnableKeyRequest.class, NoOutput.class, this::run, in -> KeyCare.shown(in.keyId()));
    }

    private Effect<NoOutput> run(Attempt attempt, EnableKeyRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.SWITCHING);
        List<Change<?>> changes = new ArrayList<>(RotationPlan.resumed(attempt.state(), key));
        changes.add(Change.put(Key.TABLE, key.rowKey(), key.switchedTo(KeyState.ENABLED)));
        return Effect.of(NoOutput.INSTANCE, changes).showing(Rows.keyArn(key.arn()));
    }
}
