package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.Rotations;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.EnableKeyRotationRequest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** EnableKeyRotation: turns automatic rotation on, or changes its period, which then counts from the last rotation. */
final class EnableKeyRotation {
    private final KeyCare care;

    EnableKeyRotation(KeyCare care) {
        this.care = care;
    }

    Operation<EnableKeyRotationRequest, NoOutput> row() {
        return Rows.changing(
                "EnableKeyRotation",
                EnableKeyRotationRequest.class,
                NoOutput.class,
                this::run,
                EnableKeyRotation::shown);
    }

    private Effect<NoOutput> run(Attempt attempt, EnableKeyRotationRequest in) {
        int days = in.rotationPeriodInDays().orElse(RotationPlan.PERIOD_DAYS_DEFAULT);
        Key key = care.ready(
                attempt, in.keyId(), StateRule.PLANNING_ROTATION, to -> to.put("kms:RotationPeriodInDays", days));
        RotationRules.demandAutomatic(key);
        RotationRules.demandNotReplica(attempt, key);
        Optional<RotationPlan> before = RotationPlan.of(attempt.state(), key);
        Instant since = before.map(RotationPlan::since).orElseGet(() -> Times.of(attempt.call()));
        RotationPlan plan = new RotationPlan(days, since);
        boolean changed = !before.equals(Optional.of(plan));
        return Effect.of(NoOutput.INSTANCE, plan.set(attempt.state(), key))
                .showing(Rows.keyArn(key.arn()))
                .andThen(changed ? Rotations.synchronised(attempt.state(), key) : List.of());
    }

    private static Optional<Facts> shown(EnableKeyRotationRequest in) {
        Facts facts = Facts.facts().put("keyId", in.keyId());
        in.rotationPeriodInDays().ifPresent(days -> facts.put("rotationPeriodInDays", days.longValue()));
        return Optional.of(facts);
    }
}
