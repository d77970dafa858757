package dev.keytrail.kms;

import dev.keytrail.call.Change;
import dev.keytrail.call.Job;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Material.Rotated;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.key.Rotations;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Rotates keys whose period is over. One that cannot rotate then, being disabled or about to be deleted, is left alone
 * until it is enabled again, and rotates at once if that is late (kms.md section 9).
 */
final class KeyRotation implements Job {
    private final Materials materials;

    KeyRotation(Materials materials) {
        this.materials = materials;
    }

    @Override
    public String name() {
        return "kms key rotation";
    }

    @Override
    public Optional<Work> next(State state, Instant now) {
        return Due.first(state, Due.ROTATIONS, now).map(first -> work(state, first, now));
    }

    private Work work(State state, State.Row<Due> first, Instant now) {
        Due due = first.value();
        Change<Due> done = Change.delete(Due.ROTATIONS, first.key());
        String rowKey = Key.rowKey(due.account(), due.region(), due.keyId());
        Optional<RotationPlan> plan =
                state.get(RotationPlan.TABLE, rowKey).filter(p -> !p.next().isAfter(now));
        Optional<Key> key = state.get(Key.TABLE, rowKey)
                .filter(found -> found.state() == KeyState.ENABLED && found.origin() == KeyOrigin.AWS_KMS);
        return plan.isEmpty() || key.isEmpty()
                ? new Work(List.of(done), List.of())
                : rotate(state, key.get(), plan.get(), now.truncatedTo(ChronoUnit.MILLIS));
    }

    private Work rotate(State state, Key key, RotationPlan plan, Instant now) {
        Material next = materials.make(key.account(), key.id(), key.spec()).material();
        Rotations.Done rotation = Rotations.rotate(state, key, next, new Rotated(now, Material.RotationType.AUTOMATIC));
        List<Change<?>> changes = new ArrayList<>(new RotationPlan(plan.periodDays(), now).set(state, key));
        changes.addAll(rotation.changes());
        return new Work(changes, rotation.events());
    }
}
