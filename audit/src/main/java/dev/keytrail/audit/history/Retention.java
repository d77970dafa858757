package dev.keytrail.audit.history;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** How far back each account's event history goes. What is older stays in the ledger and in delivered files. */
public final class Retention {
    public static final long DAYS_MIN = 1;

    /** As long as an event data store at AWS keeps events at most (cloudtrail.md I). */
    public static final long DAYS_MAX = 3653;

    /**
     * What an account has of its own.
     *
     * @param days empty: the server's retention holds
     * @param floorSecond what was too old once stays out of history, however the retention changes
     */
    record Own(Optional<Long> days, long floorSecond) {}

    /** Key: account. */
    static final Table<Own> TABLE = new Table<>(
            "cloudtrail.retention",
            RowCodec.of(
                    (own, out) -> out.version(1)
                            .optional(own.days(), (days, to) -> to.number(days))
                            .number(own.floorSecond()),
                    in -> {
                        in.version(1);
                        return new Own(in.optional(days -> days.number()), in.number());
                    }));

    private final Duration fallback;

    /** @param fallback for accounts that have none of their own; AWS: 90 days */
    public Retention(Duration fallback) {
        this.fallback = fallback;
    }

    public static Table<?> table() {
        return TABLE;
    }

    /** What holds for an account. */
    public record Effective(Duration retention, boolean own) {}

    public Effective of(State state, String account) {
        return effective(state.get(TABLE, account).flatMap(Own::days));
    }

    /** What would hold with these days of its own. */
    public Effective effective(Optional<Long> days) {
        return days.map(d -> new Effective(Duration.ofDays(d), true)).orElseGet(() -> new Effective(fallback, false));
    }

    /** The Unix second of the oldest event that history shows. */
    public long earliestSecond(State state, String account, Instant now) {
        Optional<Own> own = state.get(TABLE, account);
        long byAge = now.minus(effective(own.flatMap(Own::days)).retention()).getEpochSecond();
        return Math.max(byAge, own.map(Own::floorSecond).orElse(Long.MIN_VALUE));
    }

    /** @param days {@link #DAYS_MIN} to {@link #DAYS_MAX}; empty: the server's retention is to hold */
    public Change<?> change(State state, String account, Optional<Long> days, Instant now) {
        return Change.put(TABLE, account, new Own(days, earliestSecond(state, account, now)));
    }
}
