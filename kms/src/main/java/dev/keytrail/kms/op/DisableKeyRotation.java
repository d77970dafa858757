package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.Rotations;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.DisableKeyRotationRequest;
import java.util.List;

/** DisableKeyRotation: idempotent. */
final class DisableKeyRotation {
    private final KeyCare care;

    DisableKeyRotation(KeyCare care) {
        this.care = care;
    }

    Operation<DisableKeyRotationRequest, NoOutput> row() {
        return Rows.changing(
                "DisableKeyRotation",
                DisableKeyRotationRequest.class,
                NoOutput.class,
                this::run,
                in -> KeyCare.shown(in.keyId()));
    }

    private Effect<NoOutput> run(Attempt attempt, DisableKeyRotationRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.PLANNING_ROTATION);
        RotationRules.demandAutomatic(key);
        RotationRules.demandNotReplica(attempt, key);
        List<Change<?>> changes = RotationPlan.unset(attempt.state(), key);
        return Effect.of(NoOutput.INSTANCE, changes)
                .andThen(changes.isEmpty() ? List.of() : Rotations.synchronised(attempt.state(), key));
    }
}
