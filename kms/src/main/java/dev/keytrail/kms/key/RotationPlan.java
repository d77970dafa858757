package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Automatic rotation of one key, in {@code kms.key-rotation} under the key's own row key; no row while it is off. Of
 * multi-Region keys the primary alone has one.
 *
 * @param since the last automatic rotation, or when it was turned on
 */
public record RotationPlan(int periodDays, Instant since) {
    /** AWS's default (kms.md section 9). */
    public static final int PERIOD_DAYS_DEFAULT = 365;

    public static final Table<RotationPlan> TABLE = new Table<>(
            "kms.key-rotation",
            RowCodec.of((plan, out) -> out.version(1).number(plan.periodDays).instant(plan.since), in -> {
                in.version(1);
                return new RotationPlan(in.integer(), in.instant());
            }));

    /** The plan that holds for a key: its own, or its primary's. */
    public static Optional<RotationPlan> of(State state, Key key) {
        String primary = RelatedKeys.of(state, key)
                .map(related -> Key.rowKey(key.account(), related.primaryRegion(), key.id()))
                .orElse(key.rowKey());
        return state.get(TABLE, primary);
    }

    /** The plan that a key keeps itself. */
    static Optional<RotationPlan> kept(State state, Key key) {
        return state.get(TABLE, key.rowKey());
    }

    public Instant next() {
        return since.plus(Duration.ofDays(periodDays));
    }

    /** Changes that make this the key's plan, with its due row. */
    public List<Change<?>> set(State state, Key key) {
        List<Change<?>> changes = new ArrayList<>(unset(state, key));
        changes.add(Change.put(TABLE, key.rowKey(), this));
        changes.add(due(key));
        return changes;
    }

    public static List<Change<?>> unset(State state, Key key) {
        Optional<RotationPlan> old = kept(state, key);
        return old.isEmpty()
                ? List.of()
                : List.of(
                        Change.delete(TABLE, key.rowKey()),
                        Change.delete(
                                Due.ROTATIONS, Due.of(key, old.get().next()).rowKey()));
    }

    /** A key that could not rotate when it was due lost its due row; this gives it back. */
    public static List<Change<?>> resumed(State state, Key key) {
        return kept(state, key)
                .<List<Change<?>>>map(plan -> List.of(plan.due(key)))
                .orElse(List.of());
    }

    private Change<Due> due(Key key) {
        Due due = Due.of(key, next());
        return Change.put(Due.ROTATIONS, due.rowKey(), due);
    }
}
