package dev.keytrail.audit.insight;

import dev.keytrail.audit.history.FlatEvent;
import dev.keytrail.audit.trail.InsightKind;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One account's calls as they go by: the open minute in memory, and what closed minutes have changed and is still to be
 * committed. One thread. Thrown away whenever a commit fails, and made again from the rows.
 *
 * <p>A record belongs to the minute of its time, but never to one that is closed already. A clock that is set back by
 * more than an hour opens the minute that it shows.
 */
final class Watch {
    private static final Logger LOG = LoggerFactory.getLogger(Watch.class);

    /** Kinds of calls told apart in one account; further ones are not watched. */
    static final int SERIES_MAX = 2_000;

    /** Before so much of an account's life is known, nothing is unusual (AWS: 36 hours). */
    static final long LEARNING_MINUTES = 36 * 60;

    private static final long BACKWARDS_MINUTES = 60;
    private static final byte[] ERROR_MEMBER = "\"errorCode\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final String IDENTITY = "userIdentity" + FlatEvent.SEPARATOR + "arn";

    private final String account;
    private final Entropy entropy;
    private final long since;
    private final SortedMap<SeriesKey, Minute> tally = new TreeMap<>();
    private final Map<SeriesKey, Series> dirty = new HashMap<>();
    private final Set<SeriesKey> open = new TreeSet<>();
    private final List<LedgerRecord> told = new ArrayList<>();
    private Set<SeriesKey> known = new TreeSet<>();
    private Observed committed;

    /** Ledger index of the next record to look at. */
    long position;

    private long cursor;
    private long minute;
    private long firstMinute;

    private static final class Minute {
        long calls;
        Counts counts = Counts.NONE;
    }

    Watch(String account, Observed from, State state, Entropy entropy) {
        this.account = account;
        this.entropy = entropy;
        committed = from;
        position = from.cursor();
        cursor = from.cursor();
        minute = from.minute();
        firstMinute = from.firstMinute();
        since = from.since();
        for (State.Row<Series> row : state.scan(InsightJob.SERIES, account + "/", "")) {
            SeriesKey key = SeriesKey.ofRow(row.key());
            known.add(key);
            if (row.value().open().isPresent()) {
                open.add(key);
            }
        }
    }

    /** @param wanted kinds that are wanted in the record's Region */
    void take(LedgerRecord record, Set<InsightKind> wanted, State state) {
        long at = Math.floorDiv(record.eventTimeSeconds(), 60L);
        if (at > minute || at < minute - BACKWARDS_MINUTES) {
            close(state, Math.max(at, minute + 1));
            tally.clear();
            minute = at;
            cursor = position;
        }
        position++;
        if (firstMinute == 0) {
            firstMinute = at;
        }
        if (record.category() == Category.MANAGEMENT || record.category() == Category.DATA) {
            count(record, wanted);
        }
    }

    void skip() {
        if (tally.isEmpty()) {
            cursor = position + 1;
        }
        position++;
    }

    private void count(LedgerRecord record, Set<InsightKind> wanted) {
        InsightKind ofCalls = InsightKind.of("ApiCallRateInsight", record.category());
        InsightKind ofErrors = InsightKind.of("ApiErrorRateInsight", record.category());
        boolean data = record.category() == Category.DATA;
        boolean rate = (data || !record.readOnly()) && wanted.contains(ofCalls);
        boolean errors = wanted.contains(ofErrors) && contains(record.json(), ERROR_MEMBER);
        if (!rate && !errors) {
            return;
        }
        Map<String, List<String>> event = FlatEvent.of(record.json());
        if (!FlatEvent.at(event, "eventType").contains("AwsApiCall")) {
            return;
        }
        String arn = first(event, IDENTITY);
        String agent = first(event, "userAgent");
        String error = first(event, "errorCode");
        if (rate) {
            add(
                    new SeriesKey(record.region(), ofCalls, record.eventSource(), record.eventName(), ""),
                    Map.of("userIdentityArn", arn, "userAgent", agent, "errorCode", error.isEmpty() ? "null" : error));
        }
        if (errors && !error.isEmpty()) {
            add(
                    new SeriesKey(record.region(), ofErrors, record.eventSource(), record.eventName(), error),
                    Map.of("userIdentityArn", arn, "userAgent", agent));
        }
    }

    private void add(SeriesKey key, Map<String, String> attributes) {
        if (!known.contains(key) && known.size() >= SERIES_MAX) {
            LOG.debug("{} has more kinds of calls than are watched", account);
            return;
        }
        known.add(key);
        Minute here = tally.computeIfAbsent(key, _ -> new Minute());
        here.calls++;
        Map<String, Map<String, Long>> one = new HashMap<>();
        attributes.forEach((name, value) -> {
            if (!value.isEmpty()) {
                one.put(name, Map.of(value, 1L));
            }
        });
        here.counts = here.counts.plus(new Counts(one));
    }

    private static String first(Map<String, List<String>> event, String path) {
        return FlatEvent.at(event, path).stream().findFirst().orElse("");
    }

    /** With nothing more to read: closes minutes that are over for certain. */
    void pass(State state, long now) {
        while (now > minute + 1 && !(tally.isEmpty() && open.isEmpty())) {
            close(state, minute + 1);
            tally.clear();
            minute++;
            cursor = position;
        }
    }

    /** Closes the open minute, and the one behind it when nothing was called then. */
    private void close(State state, long next) {
        Set<SeriesKey> keys = new TreeSet<>(open);
        keys.addAll(tally.keySet());
        for (SeriesKey key : keys) {
            Minute here = Optional.ofNullable(tally.get(key)).orElseGet(Minute::new);
            settle(state, key, minute, here.calls, here.counts);
        }
        if (next > minute + 1) {
            for (SeriesKey key : List.copyOf(open)) {
                settle(state, key, minute + 1, 0, Counts.NONE);
            }
        }
        if (Math.floorDiv(next, 60L) > Math.floorDiv(minute, 60L)) {
            age(state, next);
        }
    }

    private void settle(State state, SeriesKey key, long at, long calls, Counts counts) {
        Series series = series(state, key).at(at);
        if (series.open().isPresent()) {
            Series.Open insight = series.open().get();
            if (calls >= insight.threshold() && insight.minutes() < Series.INSIGHT_MINUTES_MAX) {
                dirty.put(key, series.opened(insight.plus(calls, counts)));
                return;
            }
            told.add(InsightEvent.of(account, key, insight, false, at, entropy.uuid()));
            open.remove(key);
            series = series.closed();
        } else if (isUnusual(series, at, calls)) {
            long past = baselineMinutes(at);
            Series.Open insight = new Series.Open(
                    at,
                    1,
                    calls,
                    calls,
                    counts,
                    entropy.uuid(),
                    series.threshold(past),
                    (double) series.calls() / past,
                    past,
                    series.counts());
            told.add(InsightEvent.of(account, key, insight, true, at, entropy.uuid()));
            open.add(key);
            dirty.put(key, series.opened(insight));
            return;
        }
        dirty.put(key, series.plus(at, calls, calls, counts));
    }

    private boolean isUnusual(Series series, long at, long calls) {
        return at >= since && at - firstMinute >= LEARNING_MINUTES && calls >= series.threshold(baselineMinutes(at));
    }

    private long baselineMinutes(long at) {
        return Math.clamp(at - firstMinute, 1, Series.BASELINE_MINUTES);
    }

    /** Once an hour: series without calls in seven days go. */
    private void age(State state, long at) {
        Set<SeriesKey> left = new TreeSet<>();
        for (SeriesKey key : known) {
            Series series = series(state, key);
            Series aged = series.at(at);
            if (!aged.equals(series)) {
                dirty.put(key, aged);
            }
            if (!aged.isEmpty()) {
                left.add(key);
            }
        }
        known = left;
    }

    private Series series(State state, SeriesKey key) {
        return Optional.ofNullable(dirty.get(key))
                .or(() -> state.get(InsightJob.SERIES, key.row(account)))
                .orElse(Series.EMPTY);
    }

    /** What is still to be committed, and the events that tell of it. */
    record Work(List<Change<?>> changes, List<LedgerRecord> records) {}

    Optional<Work> work() {
        Observed now = new Observed(cursor, minute, firstMinute, since);
        boolean far = now.cursor() - committed.cursor() >= InsightJob.SKIP_COMMIT;
        if (dirty.isEmpty() && told.isEmpty() && !far) {
            return Optional.empty();
        }
        List<Change<?>> changes = new ArrayList<>();
        new TreeMap<>(dirty).forEach((key, series) -> {
            String row = key.row(account);
            changes.add(
                    series.isEmpty()
                            ? Change.delete(InsightJob.SERIES, row)
                            : Change.put(InsightJob.SERIES, row, series));
        });
        changes.add(Change.put(InsightJob.OBSERVED, account, now));
        return Optional.of(new Work(changes, List.copyOf(told)));
    }

    void committed() {
        committed = new Observed(cursor, minute, firstMinute, since);
        dirty.clear();
        told.clear();
    }

    private static boolean contains(Bytes json, byte[] wanted) {
        byte[] text = json.unsafeArray();
        for (int at = 0; at <= text.length - wanted.length; at++) {
            int same = 0;
            while (same < wanted.length && text[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return true;
            }
        }
        return false;
    }
}
