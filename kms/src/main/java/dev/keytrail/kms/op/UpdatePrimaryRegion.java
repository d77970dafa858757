package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.FollowUp;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Circumstances;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.UpdatePrimaryRegionRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** UpdatePrimaryRegion: primary and one of its replicas change places, rotation plan included; done when answered. */
final class UpdatePrimaryRegion {
    private final KeyCare care;
    private final Permissions permissions;

    UpdatePrimaryRegion(KeyCare care, Permissions permissions) {
        this.care = care;
        this.permissions = permissions;
    }

    Operation<UpdatePrimaryRegionRequest, NoOutput> row() {
        return Rows.changing(
                "UpdatePrimaryRegion",
                UpdatePrimaryRegionRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(shown(in.keyId(), in.primaryRegion())));
    }

    private Effect<NoOutput> run(Attempt attempt, UpdatePrimaryRegionRequest in) {
        String region = in.primaryRegion();
        Circumstances to = conditions -> conditions.put("kms:PrimaryRegion", region);
        Key old = care.ready(attempt, in.keyId(), StateRule.MOVING_PRIMARY, to);
        RelatedKeys related = RelatedKeys.of(attempt.state(), old)
                .filter(set -> set.isPrimary(old))
                .orElseThrow(() -> KmsErrors.notPrimary(old));
        if (!related.replicaRegions().contains(region)) {
            throw region.equals(old.region())
                    ? KmsErrors.unsupported(old.arn() + " is the primary key already.")
                    : KmsErrors.noSuchKey(Key.arn(old.account(), region, old.id()));
        }
        Key next = related.in(attempt.state(), region);
        permissions.demand(attempt, Named.byId(next), attempt.call().action(), to);
        StateRule.MOVING_PRIMARY.demand(next);
        List<Change<?>> changes = new ArrayList<>();
        changes.add(related.withPrimary(region).put());
        RotationPlan.of(attempt.state(), old).ifPresent(plan -> {
            changes.addAll(RotationPlan.unset(attempt.state(), old));
            changes.addAll(plan.set(attempt.state(), next));
        });
        return Effect.of(NoOutput.INSTANCE, changes)
                .showing(Rows.keyArn(old.arn()))
                .andThen(new FollowUp(
                        attempt.call().operation(),
                        region,
                        Optional.of(shown(next.arn(), region)),
                        Optional.of(Rows.keyArn(next.arn())),
                        List.of()));
    }

    private static Facts shown(String keyId, String region) {
        return Facts.facts().put("keyId", keyId).put("primaryRegion", region);
    }
}
