package dev.keytrail.audit.trail;

import dev.keytrail.audit.trail.ObjectStore.NewObject;
import dev.keytrail.audit.trail.ObjectStore.Put;
import dev.keytrail.audit.trail.ObjectStore.Writer;
import dev.keytrail.audit.trail.Progress.Plan;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers all trails of the house, each event in exactly one file of each trail that selects it.
 *
 * <p>The ledger is read once for all trails. When a trail's open range is due, its {@link Plan} is committed: range,
 * names, bucket. Then the files are put, each under a key that must be free; then the trail's cursor is committed. Dying
 * anywhere in between leads to the same names and bytes again, and an object found there with our content is success.
 */
public final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

    /** Bounds one step, so that a long backlog does not keep others waiting. */
    private static final int RECORDS_PER_STEP = 200_000;

    /** Bounds sockets, and with the file size the memory of deliveries under way. */
    private static final int IN_FLIGHT_MAX = 8;

    /** Trails that failed last may hang again; they never take all the places. */
    private static final int SUSPECTS_IN_FLIGHT_MAX = 4;

    /** Records that concern a trail not at all are read again after a restart; so many at most. */
    private static final int SKIP_COMMIT = 10_000;

    /** Answers after which the object is certainly not there, so that it may go elsewhere. */
    static final Set<String> CERTAIN = Set.of("NoSuchBucket", "AccessDenied", "AllAccessDisabled");

    private static final Duration WAIT = Duration.ofMillis(500);
    private static final Duration WAIT_IN_FLIGHT = Duration.ofMillis(20);

    private final Ledger ledger;
    private final ObjectStore store;
    private final DeliverySettings settings;
    private final Executor executor;
    private final SortedMap<String, Feed> feeds = new TreeMap<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger suspectsInFlight = new AtomicInteger();
    private final AtomicLong bufferedBytes = new AtomicLong();
    private final AtomicLong filesPut = new AtomicLong();
    private final AtomicLong failures = new AtomicLong();
    private volatile Standing standing = new Standing(0, 0, 0, 0, Duration.ZERO);

    /** @param executor runs deliveries: on threads of their own, or at once in a simulation */
    public Delivery(Ledger ledger, ObjectStore store, DeliverySettings settings, Executor executor) {
        this.ledger = ledger;
        this.store = store;
        this.settings = settings;
        this.executor = executor;
    }

    /**
     * Reads on, closes what is due, starts deliveries.
     *
     * @return how long to wait for the next step; zero when there is more to do right now
     */
    public synchronized Duration step(Instant now) {
        // The end first: every change of a trail whose record is before it is then visible in the state.
        long end = ledger.end();
        List<Feed> ready = refresh(ledger.read());
        bufferedBytes.set(ready.stream().mapToLong(Feed::heldBytes).sum());
        boolean more = read(ready, end, now);
        for (Feed feed : ready) {
            more |= advance(feed, now);
        }
        standing = standing(end, now);
        if (more) {
            return Duration.ZERO;
        }
        return inFlight.get() > 0 ? WAIT_IN_FLIGHT : WAIT;
    }

    /** The first record that a trail still has to deliver; all others may go. */
    public static long floor(State state) {
        long floor = Long.MAX_VALUE;
        for (State.Row<Progress> row : state.scan(Trails.PROGRESS, "", "")) {
            Progress progress = row.value();
            Feed feed = new Feed(row.key(), progress);
            feed.epochs = epochs(state, row.key());
            feed.jump();
            if (progress.plan().isPresent()) {
                floor = Math.min(floor, progress.plan().get().from());
            } else if (feed.reads()) {
                floor = Math.min(floor, feed.readTo);
            }
        }
        return floor;
    }

    private static NavigableMap<Long, Epoch> epochs(State state, String key) {
        NavigableMap<Long, Epoch> epochs = new TreeMap<>();
        state.scan(Trails.EPOCHS, key + "/", "").forEach(row -> epochs.put(Trails.epochNumber(row.key()), row.value()));
        return epochs;
    }

    /** As the last step saw it. */
    private record Standing(int trails, int failing, long backlogRecords, long oldestIndex, Duration oldestAge) {}

    private Standing standing(long end, Instant now) {
        int failing = 0;
        long oldest = end;
        Duration age = Duration.ZERO;
        for (Feed feed : feeds.values()) {
            Progress committed = feed.committed;
            failing += committed.latestFailure().isPresent() ? 1 : 0;
            oldest = Math.min(oldest, feed.undelivered(end));
            Duration waits =
                    feed.waitingSince().map(at -> Duration.between(at, now)).orElse(Duration.ZERO);
            age = waits.compareTo(age) > 0 ? waits : age;
        }
        return new Standing(feeds.size(), failing, end - oldest, oldest, age);
    }

    /** How delivery stands, for metrics; does not wait for a step that is under way. */
    public Status status() {
        Standing at = standing;
        return new Status(
                at.trails, at.failing, at.backlogRecords, at.oldestIndex, at.oldestAge, filesPut.get(), failures.get());
    }

    /**
     * @param failing trails whose last delivery failed
     * @param backlogRecords ledger records between the end and the trail that is farthest behind
     * @param oldestIndex the first record that a trail still needs
     * @param oldestAge how long the event has waited that waits longest, its trail's flush interval included
     * @param files log files put since the start
     * @param failures deliveries that failed since the start, those tried again included
     */
    public record Status(
            int trails,
            int failing,
            long backlogRecords,
            long oldestIndex,
            Duration oldestAge,
            long files,
            long failures) {}

    /** Brings the feeds up to the state; returns those that no delivery is busy with. */
    private List<Feed> refresh(State state) {
        List<Feed> ready = new ArrayList<>();
        Map<String, Progress> rows = new HashMap<>();
        state.scan(Trails.PROGRESS, "", "").forEach(row -> rows.put(row.key(), row.value()));
        feeds.values().removeIf(feed -> !feed.busy && !rows.containsKey(feed.key));
        rows.forEach((key, progress) -> {
            Feed feed = feeds.computeIfAbsent(key, _ -> new Feed(key, progress));
            if (feed.busy) {
                return;
            }
            if (feed.isStale(progress)) {
                feed.restart(progress);
            }
            feed.epochs = epochs(state, key);
            feed.jump();
            ready.add(feed);
        });
        ready.sort(Comparator.comparing(feed -> feed.key));
        return ready;
    }

    /** Each record is read once, whoever waits for it. Returns whether records are left. */
    private boolean read(List<Feed> ready, long end, Instant now) {
        long budget = RECORDS_PER_STEP;
        while (budget > 0) {
            long at = Long.MAX_VALUE;
            for (Feed feed : ready) {
                if (feed.reads() && feed.readTo < end) {
                    at = Math.min(at, feed.readTo);
                }
            }
            if (at == Long.MAX_VALUE) {
                return false;
            }
            long stop = Math.min(end, at + budget);
            List<Feed> group = new ArrayList<>();
            for (Feed feed : ready) {
                if (feed.reads() && feed.readTo == at) {
                    group.add(feed);
                } else if (feed.reads() && feed.readTo > at) {
                    stop = Math.min(stop, feed.readTo);
                }
            }
            budget -= Math.max(1, pass(group, ready, at, stop, now));
        }
        return true;
    }

    /** Walks [at, stop), or until no feed of the group reads any more. Returns the number of records walked. */
    private long pass(List<Feed> group, List<Feed> ready, long at, long stop, Instant now) {
        Map<String, List<Feed>> byAccount = new HashMap<>();
        group.forEach(feed -> feed.accounts()
                .forEach(account -> byAccount
                        .computeIfAbsent(account, _ -> new ArrayList<>())
                        .add(feed)));
        int reading = group.size();
        long position = at;
        try (Ledger.Cursor cursor = ledger.records(at)) {
            while (reading > 0 && position < stop && cursor.next()) {
                LedgerRecord record = cursor.record();
                for (Feed feed : byAccount.getOrDefault(record.account(), List.of())) {
                    if (feed.reads()) {
                        feed.passTo(position);
                        bufferedBytes.addAndGet(feed.take(record, settings.fileBytes(), now));
                        relieve(ready);
                        reading -= feed.reads() ? 0 : 1;
                    }
                }
                position++;
            }
        }
        for (Feed feed : group) {
            if (feed.reads()) {
                feed.passTo(position);
            }
        }
        return position - at;
    }

    /** Over the memory bound, the fullest range closes. */
    private void relieve(List<Feed> ready) {
        if (bufferedBytes.get() <= settings.bufferBytes()) {
            return;
        }
        ready.stream()
                .filter(feed -> !feed.isClosed())
                .max(Comparator.comparingLong(Feed::heldBytes))
                .filter(feed -> !feed.isEmpty())
                .ifPresent(Feed::close);
    }

    /** Returns whether it wants to be called again at once. */
    private boolean advance(Feed feed, Instant now) {
        try {
            Optional<Plan> plan = feed.committed.plan();
            if (plan.isPresent()) {
                return feed.mayTry(now) && submit(feed, now);
            }
            if (feed.isDue(now, settings.flushInterval())) {
                return feed.mayTry(now) && commit(feed, feed.committed.planning(feed.plan(now))) && submit(feed, now);
            }
            boolean idle = feed.isEmpty() && feed.readTo - feed.committed.cursor() >= SKIP_COMMIT;
            if (feed.isEmpty() && feed.isClosed() || idle || feed.isCountDue(now, settings.flushInterval())) {
                return skip(feed, now);
            }
        } catch (Ledger.LedgerUnavailable unavailable) {
            feed.failed(now);
        }
        return false;
    }

    private boolean skip(Feed feed, Instant now) {
        boolean counted = feed.in(feed.committed.epoch())
                .map(Epoch::scope)
                .filter(scope -> scope.isCounted() && scope.validation())
                .isPresent();
        Progress skipped = feed.skipped(counted ? feed.excluded().size() : 0);
        if (!commit(feed, skipped, state -> passed(state, feed, skipped, counted, now))) {
            return false;
        }
        feed.proceed(skipped);
        return true;
    }

    private boolean submit(Feed feed, Instant now) {
        boolean suspect = feed.isFailing();
        if (inFlight.get() >= IN_FLIGHT_MAX || suspect && suspectsInFlight.get() >= SUSPECTS_IN_FLIGHT_MAX) {
            return false;
        }
        depart(feed, suspect);
        try {
            executor.execute(() -> {
                try {
                    run(feed, now);
                } finally {
                    arrive(feed, suspect);
                }
            });
        } catch (RejectedExecutionException shutDown) {
            arrive(feed, suspect);
            return false;
        }
        return !feed.busy && !feed.isFailing();
    }

    private void depart(Feed feed, boolean suspect) {
        inFlight.incrementAndGet();
        suspectsInFlight.addAndGet(suspect ? 1 : 0);
        feed.busy = true;
    }

    private void arrive(Feed feed, boolean suspect) {
        inFlight.decrementAndGet();
        suspectsInFlight.addAndGet(suspect ? -1 : 0);
        feed.busy = false;
    }

    private void run(Feed feed, Instant now) {
        try {
            if (redirect(feed)) {
                deliver(feed, now);
            }
        } catch (Ledger.LedgerUnavailable unavailable) {
            feed.failed(now);
        } catch (RuntimeException defect) {
            LOG.error("delivery of {} failed unexpectedly", feed.trailArn(), defect);
            failures.incrementAndGet();
            feed.failed(now);
        }
    }

    /** The owner has named another bucket because this one refuses: what certainly is not in the old one goes there. */
    private boolean redirect(Feed feed) {
        Plan plan = feed.committed.plan().orElseThrow();
        Scope wanted = feed.destination();
        boolean elsewhere = !wanted.bucket().equals(plan.bucket())
                || !wanted.prefix().equals(plan.prefix())
                || !wanted.organizationId().equals(plan.organization());
        boolean refused = feed.committed
                .latestFailure()
                .filter(f -> CERTAIN.contains(f.code()))
                .isPresent();
        return !(elsewhere && refused) || commit(feed, feed.committed.planning(plan.redirected(wanted)));
    }

    private void deliver(Feed feed, Instant now) {
        Plan plan = feed.committed.plan().orElseThrow();
        Feed.Range range = feed.holds(plan) ? feed.held() : reread(feed, plan);
        Map<String, String> landed = new HashMap<>(plan.landed());
        for (Map.Entry<String, Batch> file : range.events().entrySet()) {
            String folder = file.getKey();
            if (landed.containsKey(folder)) {
                continue;
            }
            String key = LogFile.key(
                    plan.prefix(),
                    plan.organization(),
                    Folder.of(folder, feed.account),
                    plan.at(),
                    feed.seed(plan, folder));
            try {
                if (!put(feed, plan, key, file.getValue().events())) {
                    // Not ours: the same events go under another name in the next step.
                    commit(feed, feed.committed.planning(plan.landed(landed).renamed(folder)));
                    return;
                }
            } catch (ObjectStore.Failure failure) {
                failed(feed, plan.landed(landed), failure, now);
                return;
            }
            landed.put(folder, plan.bucket() + "/" + key);
            filesPut.incrementAndGet();
        }
        List<Counted> rows = rows(feed, plan, range, landed, now);
        Progress done = feed.committed.done(plan, rows.size(), range.count(), Feed.Range.sum(range.excluded()), now);
        List<Change<?>> notices = notices(feed, landed);
        if (commit(feed, done, state -> {
            List<Change<?>> changes = new ArrayList<>(covered(state, feed, plan, rows, done, now));
            changes.addAll(notices);
            return changes;
        })) {
            feed.proceed(done);
        }
    }

    /** One notice for each bucket, which is nearly always one: files may have gone to two when the trail was moved. */
    private static List<Change<?>> notices(Feed feed, Map<String, String> landed) {
        Optional<String> topic = feed.destination().topic();
        if (topic.isEmpty() || landed.isEmpty()) {
            return List.of();
        }
        SortedMap<String, List<String>> keys = new TreeMap<>();
        new TreeMap<>(landed).values().forEach(place -> {
            int slash = place.indexOf('/');
            keys.computeIfAbsent(place.substring(0, slash), _ -> new ArrayList<>())
                    .add(place.substring(slash + 1));
        });
        List<Change<?>> changes = new ArrayList<>();
        long number = feed.committed.files();
        for (Map.Entry<String, List<String>> bucket : keys.entrySet()) {
            Notice notice = new Notice(topic.get(), bucket.getKey(), bucket.getValue());
            changes.add(Change.put(Trails.NOTICES, Trails.noticeKey(feed.key, number++), notice));
        }
        return changes;
    }

    /** What digests have to know: a row, and the code of their folder. */
    private record Counted(String folder, CoveredFile file) {}

    /** The files of a range that is delivered, and what was left out of it where that is counted. */
    private static List<Counted> rows(Feed feed, Plan plan, Feed.Range range, Map<String, String> landed, Instant now) {
        Map<String, Long> excluded = new TreeMap<>();
        if (feed.in(plan.epoch()).map(Epoch::scope).filter(Scope::isCounted).isPresent()) {
            excluded.putAll(range.excluded());
        }
        List<Counted> rows = new ArrayList<>();
        for (Map.Entry<String, Batch> file : range.events().entrySet()) {
            String folder = Folder.of(file.getKey(), feed.account).digested().code(feed.account);
            String place = Optional.ofNullable(landed.get(file.getKey())).orElseThrow();
            long left = Optional.ofNullable(excluded.remove(folder)).orElse(0L);
            rows.add(new Counted(
                    folder, file(place, file.getValue(), plan.at(), now).withSuppressed(left)));
        }
        excluded.forEach((folder, left) -> rows.add(new Counted(folder, CoveredFile.counting(left, now))));
        return rows;
    }

    private static List<Change<?>> covered(
            State state, Feed feed, Plan plan, List<Counted> rows, Progress done, Instant now) {
        Epoch epoch = feed.in(plan.epoch()).orElseThrow();
        boolean entered = plan.epoch() != feed.committed.epoch() || done.epoch() != plan.epoch();
        if (!entered && !epoch.scope().validation()) {
            return List.of();
        }
        Coverage coverage = new Coverage(state, feed, now);
        if (plan.epoch() != feed.committed.epoch()) {
            coverage.enter(plan.epoch(), epoch);
        }
        if (epoch.scope().validation()) {
            cover(coverage, feed, plan.epoch(), rows);
        }
        enter(coverage, feed, plan.epoch(), done.epoch());
        return coverage.changes();
    }

    private static void cover(Coverage coverage, Feed feed, long epoch, List<Counted> rows) {
        long number = feed.committed.files();
        for (Counted row : rows) {
            coverage.cover(row.folder(), epoch, number++, row.file());
        }
    }

    private static CoveredFile file(String place, Batch batch, Instant named, Instant now) {
        int slash = place.indexOf('/');
        return new CoveredFile(
                place.substring(0, slash),
                place.substring(slash + 1),
                LogFile.hash(batch.events()),
                Instant.ofEpochSecond(batch.oldestSeconds()),
                Instant.ofEpochSecond(batch.newestSeconds()),
                now,
                named,
                batch.events().size(),
                0);
    }

    private static List<Change<?>> passed(State state, Feed feed, Progress next, boolean counted, Instant now) {
        List<Counted> rows = new ArrayList<>();
        if (counted) {
            feed.excluded().forEach((folder, left) -> rows.add(new Counted(folder, CoveredFile.counting(left, now))));
        }
        if (next.epoch() == feed.committed.epoch() && rows.isEmpty()) {
            return List.of();
        }
        Coverage coverage = new Coverage(state, feed, now);
        cover(coverage, feed, feed.committed.epoch(), rows);
        enter(coverage, feed, feed.committed.epoch(), next.epoch());
        return coverage.changes();
    }

    private static void enter(Coverage coverage, Feed feed, long from, long to) {
        if (to != from && feed.endsWith(to)) {
            coverage.end();
        } else if (to != from) {
            coverage.enter(to, feed.in(to).orElseThrow());
        }
    }

    private Feed.Range reread(Feed feed, Plan plan) {
        List<LedgerRecord> records = new ArrayList<>();
        Set<String> accounts = feed.accounts();
        try (Ledger.Cursor cursor = ledger.records(plan.from())) {
            while (cursor.next() && cursor.index() < plan.to()) {
                if (accounts.contains(cursor.record().account())) {
                    records.add(cursor.record());
                }
            }
        }
        return feed.choose(plan, records);
    }

    /** Returns false when the name belongs to an object that is not ours. */
    private boolean put(Feed feed, Plan plan, String key, List<Bytes> events) {
        Bytes content = LogFile.pack(events, settings.gzipLevel());
        Put put = store.putNew(new NewObject(
                plan.bucket(),
                key,
                content,
                LogFile.CONTENT_TYPE,
                Optional.of(LogFile.CONTENT_ENCODING),
                Map.of(),
                new Writer(feed.trailArn(), feed.account, feed.homeRegion),
                feed.destination().kmsKey()));
        return put == Put.STORED || store.holds(plan.bucket(), key, content);
    }

    private void failed(Feed feed, Plan soFar, ObjectStore.Failure failure, Instant now) {
        if (!feed.isFailing()) {
            LOG.warn("delivery of {} to {} failed: {}", feed.trailArn(), soFar.bucket(), failure.getMessage());
        }
        failures.incrementAndGet();
        feed.failed(now);
        boolean known = feed.committed
                .latestFailure()
                .map(f -> f.code().equals(failure.code()))
                .orElse(false);
        if (!known || !feed.committed.plan().equals(Optional.of(soFar))) {
            commit(feed, feed.committed.planning(soFar).failing(failure.code(), now));
        }
    }

    /**
     * Commits the trail's new progress. False when somebody else was faster: the feed is read again by the next step.
     *
     * @throws Ledger.LedgerUnavailable and then it may have landed or not
     */
    private boolean commit(Feed feed, Progress next) {
        return commit(feed, next, _ -> List.of());
    }

    /** @param further changes for the same commit, decided on its state */
    private boolean commit(Feed feed, Progress next, Function<State, List<Change<?>>> further) {
        State state = ledger.read();
        if (!state.get(Trails.PROGRESS, feed.key).equals(Optional.of(feed.committed))) {
            feed.markStale();
            return false;
        }
        boolean ended = next.plan().isEmpty() && feed.endsWith(next.epoch());
        List<Change<?>> changes = new ArrayList<>(further.apply(state));
        changes.add(ended ? Change.delete(Trails.PROGRESS, feed.key) : Change.put(Trails.PROGRESS, feed.key, next));
        for (long number : feed.epochs.keySet()) {
            if (number < next.epoch() || ended) {
                changes.add(Change.delete(Trails.EPOCHS, Trails.epochKey(feed.key, number)));
            }
        }
        try {
            ledger.commit(state, changes, List.of());
        } catch (Ledger.Conflict faster) {
            feed.markStale();
            return false;
        } catch (Ledger.LedgerUnavailable unknown) {
            feed.markStale();
            throw unknown;
        }
        feed.committed = next;
        return true;
    }
}
