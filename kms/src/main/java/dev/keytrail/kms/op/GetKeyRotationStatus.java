package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.GetKeyRotationStatusRequest;
import dev.keytrail.wire.shape.kms.GetKeyRotationStatusResponse;
import java.util.Optional;

/**
 * GetKeyRotationStatus: false for key pairs and HMAC keys, which have nothing to rotate; Terraform asks it of every key. False
 * while a deletion is pending, whatever was set. On-demand rotations are done at once.
 */
final class GetKeyRotationStatus {
    private final KeyCare care;

    GetKeyRotationStatus(KeyCare care) {
        this.care = care;
    }

    Operation<GetKeyRotationStatusRequest, GetKeyRotationStatusResponse> row() {
        return Rows.reading(
                "GetKeyRotationStatus",
                GetKeyRotationStatusRequest.class,
                GetKeyRotationStatusResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId()));
    }

    private Effect<GetKeyRotationStatusResponse> run(Attempt attempt, GetKeyRotationStatusRequest in) {
        Key key = care.anyones(attempt, in.keyId(), Permissions.NOTHING_MORE).key();
        StateRule.ASKING_ROTATION.demand(key);
        RotationRules.demandOwnMaterial(key);
        boolean going = key.state() == KeyState.PENDING_DELETION || key.state() == KeyState.PENDING_REPLICA_DELETION;
        Optional<RotationPlan> plan = RotationPlan.of(attempt.state(), key).filter(p -> !going);
        return Effect.of(GetKeyRotationStatusResponse.builder()
                .keyId(key.arn())
                .keyRotationEnabled(plan.isPresent())
                .rotationPeriodInDays(plan.map(RotationPlan::periodDays))
                .nextRotationDate(plan.map(RotationPlan::next))
                .build());
    }
}
