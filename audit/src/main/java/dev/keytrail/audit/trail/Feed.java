package dev.keytrail.audit.trail;

import dev.keytrail.audit.trail.Progress.Plan;
import dev.keytrail.call.LedgerRecord;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One trail's place in the ledger, in memory: what is committed, and what has been read beyond it. All of the latter can
 * be read again.
 *
 * <p>Touched by one thread at a time: by the step while it is not {@link #busy}, by the delivering task while it is.
 */
final class Feed {
    final String key;
    final String account;
    final String homeRegion;
    final String name;
    private final String id;

    /** Written by the delivering task at its end, read by the step: hands the rest over. */
    volatile boolean busy;

    Progress committed;
    NavigableMap<Long, Epoch> epochs = new TreeMap<>();

    // The open range: [from, readTo), of which these events are to be delivered.
    long from;
    long readTo;
    long epoch;
    long nextEpoch;
    private Map<String, Batch> events = new TreeMap<>();
    private long bytes;
    private int count;
    private Map<String, Long> excluded = new TreeMap<>();
    private Optional<Instant> firstExcludedAt = Optional.empty();
    private Optional<Instant> firstAt = Optional.empty();
    private boolean closed;

    private boolean stale;
    private final Backoff backoff = new Backoff();

    Feed(String key, Progress committed) {
        this.key = key;
        String[] parts = key.split("/", 4);
        account = parts[0];
        homeRegion = parts[1];
        name = parts[2];
        id = parts[3];
        this.committed = committed;
        restart(committed);
    }

    String trailArn() {
        return Trail.arn(account, homeRegion, name);
    }

    /** Forgets what was read and begins again from what is committed. */
    void restart(Progress progress) {
        committed = progress;
        stale = false;
        open(progress.cursor(), progress.epoch());
    }

    /** Somebody else moved it, or it is not known whether a commit landed: the next step looks. */
    void markStale() {
        stale = true;
    }

    boolean isStale(Progress now) {
        return stale || !committed.equals(now);
    }

    private void open(long at, long epochThere) {
        from = at;
        readTo = at;
        epoch = epochThere;
        nextEpoch = epochThere;
        closed = false;
        forgetEvents();
    }

    private void forgetEvents() {
        events = new TreeMap<>();
        bytes = 0;
        count = 0;
        excluded = new TreeMap<>();
        firstExcludedAt = Optional.empty();
        firstAt = Optional.empty();
    }

    private boolean logging() {
        return in(epoch).map(Epoch::logging).orElse(false);
    }

    Optional<Epoch> in(long number) {
        return Optional.ofNullable(epochs.get(number));
    }

    /** The accounts whose events it takes, now or later on. */
    Set<String> accounts() {
        Set<String> all = new HashSet<>();
        all.add(account);
        epochs.values()
                .forEach(e -> e.scope().organization().ifPresent(organization -> all.addAll(organization.accounts())));
        return all;
    }

    /** Whether the next record of the ledger may be taken. */
    boolean reads() {
        return !busy
                && committed.plan().isEmpty()
                && !closed
                && (logging() || in(epoch + 1).isPresent());
    }

    /** Nothing is delivered before the next epoch, so there is nothing to read either. */
    void jump() {
        if (!busy && !closed && committed.plan().isEmpty() && !logging()) {
            in(epoch + 1).filter(next -> next.notBefore() > readTo).ifPresent(next -> open(next.notBefore(), epoch));
        }
    }

    /**
     * Looks at the record at {@link #readTo}. May instead close the range before it, if the record does not fit.
     *
     * @return the bytes that memory now holds more
     */
    int take(LedgerRecord record, int fileBytes, Instant now) {
        Optional<Epoch> next = in(epoch + 1).filter(e -> readTo >= e.notBefore() && e.isMarkedBy(record, account));
        if (!logging()) {
            return takeWhileStopped(record, next, now);
        }
        Choice choice = choose(record, epoch);
        int size = choice == Choice.TAKE ? record.json().size() + 1 : 0;
        if (count > 0 && size > 0 && bytes + size > fileBytes) {
            closed = true;
            return 0;
        }
        keep(record, choice, now);
        readTo++;
        if (next.isPresent()) {
            nextEpoch = epoch + 1;
            closed = true;
        }
        return size;
    }

    private int takeWhileStopped(LedgerRecord record, Optional<Epoch> next, Instant now) {
        if (next.isEmpty()) {
            readTo++;
            from = readTo;
            return 0;
        }
        if (next.get().cause() == Epoch.Cause.START) {
            open(readTo, epoch + 1);
            keep(record, Choice.TAKE, now);
            readTo++;
            return record.json().size() + 1;
        }
        readTo++;
        nextEpoch = epoch + 1;
        closed = true;
        return 0;
    }

    private enum Choice {
        TAKE,
        EXCLUDE,
        OTHER
    }

    /** The call that changes a trail's settings is always in the trail, whatever the settings (cloudtrail.md G1). */
    private Choice choose(LedgerRecord record, long inForce) {
        Scope scope = in(inForce).orElseThrow().scope();
        if (!scope.covers(record, account, homeRegion)) {
            return Choice.OTHER;
        }
        boolean mark = in(inForce).filter(e -> e.isMarkedBy(record, account)).isPresent()
                || in(inForce + 1).filter(e -> e.isMarkedBy(record, account)).isPresent();
        return mark || scope.takes(record) ? Choice.TAKE : Choice.EXCLUDE;
    }

    private void keep(LedgerRecord record, Choice choice, Instant now) {
        if (choice == Choice.EXCLUDE) {
            leave(record, excluded);
            if (firstExcludedAt.isEmpty()) {
                firstExcludedAt = Optional.of(now);
            }
        }
        if (choice == Choice.TAKE) {
            events.computeIfAbsent(Folder.of(record).code(account), _ -> new Batch())
                    .add(record);
            bytes += record.json().size() + 1;
            count++;
            if (firstAt.isEmpty()) {
                firstAt = Optional.of(now);
            }
        }
    }

    private void leave(LedgerRecord record, Map<String, Long> to) {
        to.merge(Folder.of(record).digested().code(account), 1L, Long::sum);
    }

    /** Moves over records that no feed of this account is concerned with. */
    void passTo(long index) {
        readTo = index;
        if (!logging()) {
            from = index;
        }
    }

    long heldBytes() {
        return bytes;
    }

    /** Memory is short: what is there must do for a file. */
    void close() {
        closed = true;
    }

    /** The first record that it still needs; for metrics, so a look while {@link #busy} may be a step behind. */
    long undelivered(long end) {
        Progress now = committed;
        if (busy || now.plan().isPresent()) {
            return now.cursor();
        }
        if (count > 0) {
            return from;
        }
        return reads() ? readTo : end;
    }

    /** Since when its oldest event waits, with the same reserve. */
    Optional<Instant> waitingSince() {
        return committed.plan().map(Plan::at).or(() -> firstAt);
    }

    boolean isEmpty() {
        return count == 0;
    }

    boolean isClosed() {
        return closed;
    }

    boolean isDue(Instant now, Duration flushInterval) {
        if (count == 0) {
            return false;
        }
        Instant first = firstAt.filter(at -> !at.isAfter(now)).orElse(now);
        // A clock that was set back must not hold the file for longer than the interval.
        firstAt = Optional.of(first);
        return closed || !now.isBefore(first.plus(flushInterval));
    }

    /** What is left out is counted in time, though nothing is delivered: for trails that have it beside their digests. */
    boolean isCountDue(Instant now, Duration flushInterval) {
        boolean counted = in(epoch)
                .map(Epoch::scope)
                .filter(scope -> scope.isCounted() && scope.validation())
                .isPresent();
        if (!counted || count > 0 || firstExcludedAt.isEmpty()) {
            return false;
        }
        Instant first = firstExcludedAt.filter(at -> !at.isAfter(now)).orElse(now);
        firstExcludedAt = Optional.of(first);
        return !now.isBefore(first.plus(flushInterval));
    }

    /** What was left out of the open range, by the code of its digests' folder. */
    Map<String, Long> excluded() {
        return excluded;
    }

    /** Files go where the trail's newest settings say, also those of an earlier stretch. */
    Scope destination() {
        return epochs.lastEntry().getValue().scope();
    }

    Plan plan(Instant now) {
        Scope scope = destination();
        return new Plan(
                from,
                epoch,
                readTo,
                nextEpoch,
                now,
                scope.bucket(),
                scope.prefix(),
                List.of(),
                Map.of(),
                scope.organizationId());
    }

    /** @param rows counts that are kept for digests */
    Progress skipped(long rows) {
        return committed.skipping(readTo, nextEpoch, Range.sum(excluded), rows);
    }

    /** Begins the next range. */
    void proceed(Progress progress) {
        committed = progress;
        backoff.succeeded();
        open(progress.cursor(), progress.epoch());
    }

    boolean endsWith(long number) {
        return in(number).filter(e -> e.cause() == Epoch.Cause.DELETE).isPresent();
    }

    boolean holds(Plan plan) {
        return count > 0 && from == plan.from() && readTo == plan.to() && epoch == plan.epoch();
    }

    Range held() {
        return new Range(events, count, excluded);
    }

    /** The range of a plan, read again. Chooses exactly as {@link #take} did. */
    Range choose(Plan plan, Iterable<LedgerRecord> records) {
        Map<String, Batch> chosen = new TreeMap<>();
        int taken = 0;
        Map<String, Long> left = new TreeMap<>();
        for (LedgerRecord record : records) {
            Choice choice = choose(record, plan.epoch());
            if (choice == Choice.TAKE) {
                chosen.computeIfAbsent(Folder.of(record).code(account), _ -> new Batch())
                        .add(record);
                taken++;
            } else if (choice == Choice.EXCLUDE) {
                leave(record, left);
            }
        }
        return new Range(chosen, taken, left);
    }

    /**
     * @param events by the code of their folder
     * @param excluded likewise, by that of their digests
     */
    record Range(Map<String, Batch> events, int count, Map<String, Long> excluded) {
        static long sum(Map<String, Long> counts) {
            return counts.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    String seed(Plan plan, String folder) {
        return trailArn() + " " + id + " " + plan.from() + " " + plan.to() + " " + folder + " " + plan.attempt(folder);
    }

    /** The events are in the ledger; a bucket that is down must not hold memory. */
    void failed(Instant now) {
        backoff.failed(now);
        forgetEvents();
        stale = true;
    }

    boolean mayTry(Instant now) {
        return backoff.mayTry(now);
    }

    boolean isFailing() {
        return backoff.isFailing();
    }
}
