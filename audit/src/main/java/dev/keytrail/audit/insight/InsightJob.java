package dev.keytrail.audit.insight;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.trail.Trails;
import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches, behind the ledger, the calls of accounts that have a trail with Insights, and tells of unusual rates
 * (cloudtrail.md J1). Baselines, insights under way and how far the ledger was read are rows, committed with the Insights
 * events themselves, so that a restart tells of nothing twice and forgets nothing.
 */
public final class InsightJob {
    /** Key: account. */
    static final Table<Observed> OBSERVED = new Table<>("cloudtrail.observed", Observed.CODEC);

    /** Key: account and {@link SeriesKey}. */
    static final Table<Series> SERIES = new Table<>("cloudtrail.series", Series.CODEC);

    private static final Logger LOG = LoggerFactory.getLogger(InsightJob.class);

    /** Bounds one step. */
    private static final int RECORDS_PER_STEP = 50_000;

    /** Records that change nothing are read again after a restart; so many at most. */
    static final int SKIP_COMMIT = 10_000;

    private static final Duration WAIT = Duration.ofSeconds(1);

    private final Ledger ledger;
    private final HistoryIndex history;
    private final Trails trails;
    private final Entropy entropy;
    private final SortedMap<String, Watch> watches = new TreeMap<>();

    public InsightJob(Ledger ledger, HistoryIndex history, Trails trails, Entropy entropy) {
        this.ledger = ledger;
        this.history = history;
        this.trails = trails;
        this.entropy = entropy;
    }

    public static List<Table<?>> tables() {
        return List.of(OBSERVED, SERIES);
    }

    /** @return how long to wait for the next step */
    public synchronized Duration step(Instant now) {
        long end = ledger.end();
        State state = ledger.read();
        Trails.Watched watched = trails.watched(state);
        try {
            forget(state, watched.accounts());
            for (String account : watched.accounts()) {
                if (!watches.containsKey(account)) {
                    watches.put(account, new Watch(account, observed(state, account, watched, now), state, entropy));
                }
            }
            boolean more = read(watched, state, end);
            if (!more) {
                long minute = Math.floorDiv(now.getEpochSecond(), 60L);
                watches.values().forEach(watch -> watch.pass(state, minute));
            }
            commit(state);
            return more ? Duration.ZERO : WAIT;
        } catch (Ledger.Conflict | Ledger.LedgerUnavailable later) {
            LOG.debug("insights are looked for again: {}", later.getMessage());
            watches.clear();
            return WAIT;
        }
    }

    /** Accounts that are watched no more leave nothing behind. */
    private void forget(State state, Set<String> watched) {
        List<Change<?>> changes = new ArrayList<>();
        for (State.Row<Observed> row : state.scan(OBSERVED, "", "")) {
            if (!watched.contains(row.key())) {
                changes.add(Change.delete(OBSERVED, row.key()));
                state.scan(SERIES, row.key() + "/", "")
                        .forEach(series -> changes.add(Change.delete(SERIES, series.key())));
            }
        }
        watches.keySet().removeIf(account -> !watched.contains(account));
        if (!changes.isEmpty()) {
            ledger.commit(ledger.read(), changes, List.of());
        }
    }

    /** Where to go on, or to begin: seven days back, as far as the home Region's history tells where that is. */
    private Observed observed(State state, String account, Trails.Watched watched, Instant now) {
        Optional<Observed> known = state.get(OBSERVED, account);
        if (known.isPresent()) {
            return known.get();
        }
        long from = now.getEpochSecond() - Series.BASELINE_MINUTES * 60;
        long cursor = history
                .find(new HistoryIndex.Lookup(
                        account, watched.region(account), Optional.empty(), 0, from, Optional.empty(), 1))
                .events()
                .stream()
                .findFirst()
                .map(found -> found.index() + 1)
                .orElse(0L);
        return new Observed(
                Math.max(cursor, ledger.first()),
                Math.floorDiv(from, 60L),
                0,
                Math.floorDiv(now.getEpochSecond(), 60L));
    }

    /** The first record that is still to be read; all others may go. */
    public static long floor(State state) {
        long floor = Long.MAX_VALUE;
        for (State.Row<Observed> row : state.scan(OBSERVED, "", "")) {
            floor = Math.min(floor, row.value().cursor());
        }
        return floor;
    }

    /** Each record is read once for all that are equally far. Returns whether some are left. */
    private boolean read(Trails.Watched watched, State state, long end) {
        long at = watches.values().stream()
                .mapToLong(watch -> watch.position)
                .min()
                .orElse(end);
        if (at >= end) {
            return false;
        }
        Map<String, Watch> group = new TreeMap<>();
        long stop = Math.min(end, at + RECORDS_PER_STEP);
        for (Map.Entry<String, Watch> watch : watches.entrySet()) {
            if (watch.getValue().position == at) {
                group.put(watch.getKey(), watch.getValue());
            } else {
                stop = Math.min(stop, Math.max(at + 1, watch.getValue().position));
            }
        }
        try (Ledger.Cursor cursor = ledger.records(at)) {
            while (at < stop && cursor.next()) {
                LedgerRecord record = cursor.record();
                for (Map.Entry<String, Watch> watch : group.entrySet()) {
                    if (watch.getKey().equals(record.account())) {
                        watch.getValue().take(record, watched.kinds(record.account(), record.region()), state);
                    } else {
                        watch.getValue().skip();
                    }
                }
                at++;
            }
        }
        return true;
    }

    private void commit(State state) {
        for (Watch watch : watches.values()) {
            Optional<Watch.Work> work = watch.work();
            if (work.isPresent()) {
                ledger.commit(ledger.read(), work.get().changes(), work.get().records());
                watch.committed();
            }
        }
    }
}
