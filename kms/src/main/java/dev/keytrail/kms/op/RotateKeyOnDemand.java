package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Material.Rotated;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.Rotations;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.RotateKeyOnDemandRequest;
import dev.keytrail.wire.shape.kms.RotateKeyOnDemandResponse;
import java.time.Duration;
import java.time.Instant;

/** RotateKeyOnDemand: done when it is answered. Imported keys rotate to the material that waits. */
final class RotateKeyOnDemand {
    private static final Duration TOO_CLOSE = Duration.ofMinutes(20);

    private final KeyCare care;
    private final Materials materials;

    RotateKeyOnDemand(KeyCare care, Materials materials) {
        this.care = care;
        this.materials = materials;
    }

    Operation<RotateKeyOnDemandRequest, RotateKeyOnDemandResponse> row() {
        return Rows.changing(
                "RotateKeyOnDemand",
                RotateKeyOnDemandRequest.class,
                RotateKeyOnDemandResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId()));
    }

    private Effect<RotateKeyOnDemandResponse> run(Attempt attempt, RotateKeyOnDemandRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.ROTATING);
        RotationRules.demandSymmetric(key);
        RotationRules.demandNotReplica(attempt, key);
        if (Rotations.onDemand(key) >= Rotations.ON_DEMAND_MAX) {
            throw KmsErrors.tooManyRotations(key);
        }
        Instant now = Times.of(attempt.call());
        if (RotationPlan.of(attempt.state(), key)
                .filter(plan -> plan.next().isBefore(now.plus(TOO_CLOSE)))
                .isPresent()) {
            throw KmsErrors.conflict("An automatic rotation of the key " + key.arn() + " is due within 20 minutes.");
        }
        Rotations.Done rotation =
                Rotations.rotate(attempt.state(), key, next(key), new Rotated(now, Material.RotationType.ON_DEMAND));
        return Effect.of(RotateKeyOnDemandResponse.builder().keyId(key.arn()).build(), rotation.changes())
                .showing(Facts.facts().put("keyId", key.id()))
                .andThen(rotation.events());
    }

    private Material next(Key key) {
        if (key.origin() == KeyOrigin.AWS_KMS) {
            return materials.make(key.account(), key.id(), key.spec()).material();
        }
        if (key.origin() != KeyOrigin.EXTERNAL) {
            throw KmsErrors.wrongOrigin(key);
        }
        return key.materials().stream()
                .filter(material -> material.standing() == Material.Standing.PENDING_ROTATION && material.isPresent())
                .findFirst()
                .orElseThrow(() -> KmsErrors.noneToRotateTo(key));
    }
}
