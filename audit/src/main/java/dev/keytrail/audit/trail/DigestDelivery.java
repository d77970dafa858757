package dev.keytrail.audit.trail;

import dev.keytrail.audit.trail.ObjectStore.NewObject;
import dev.keytrail.audit.trail.ObjectStore.Put;
import dev.keytrail.audit.trail.ObjectStore.Writer;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.State;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the digests of all trails, one chain for each trail and Region (cloudtrail.md H).
 *
 * <p>As with log files, a digest is first decided by a commit (window, name, files, key), then put under a key that must
 * be free, then the commit that ends it makes it the next one's predecessor and forgets its files. All bytes, the
 * signature's too, follow from what was committed, so dying anywhere in between leads to the same object again.
 *
 * <p>A digest's window is one interval. One that is decided when the next is due already, because the house was down or the
 * bucket refused, is a backfill digest: another name, and a chain of its own beside the ordinary one, whose next digest names
 * the last ordinary one. After a very long time the first of them spans what the others leave.
 *
 * <p>Some come before their interval is over: the last one of a stretch of logging, and one that names a file that was held up
 * for so long that its time has a digest already. Until then it could not be told from a file that somebody planted.
 */
public final class DigestDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(DigestDelivery.class);

    private static final int IN_FLIGHT_MAX = 4;

    /** Chains that failed last may hang again; they never take all the places. */
    private static final int SUSPECTS_IN_FLIGHT_MAX = 2;

    /** Files in one digest, which so stays under {@link DeliverySettings#FILE_BYTES_MAX}; the next one has the rest. */
    private static final int FILES_MAX = 50_000;

    /** Backfill digests of one interval each; what is further back is in a single one. */
    static final int LATE_MAX = 48;

    private static final Duration WAIT = Duration.ofMillis(500);

    private final Ledger ledger;
    private final ObjectStore store;
    private final SigningKeys keys;
    private final DeliverySettings settings;
    private final Executor executor;
    private final Map<String, Task> tasks = new HashMap<>();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger suspectsInFlight = new AtomicInteger();
    private final AtomicLong failures = new AtomicLong();
    private volatile int failing;

    /** @param executor runs one digest each: on threads of their own, or at once in a simulation */
    public DigestDelivery(
            Ledger ledger, ObjectStore store, SigningKeys keys, DeliverySettings settings, Executor executor) {
        this.ledger = ledger;
        this.store = store;
        this.keys = keys;
        this.settings = settings;
        this.executor = executor;
    }

    /** One chain, in memory. Touched by the step while not busy, by the digest's task while it is. */
    private static final class Task {
        final String key;
        final DigestFile.Owner owner;
        final Backoff backoff = new Backoff();
        volatile boolean busy;

        /** When the clock was first seen to be before the window: from then on it counts by itself. */
        Optional<Instant> early = Optional.empty();

        // How far its files were looked at for one that was held up, since the digest that ended then.
        private Instant lookedBehind = Instant.EPOCH;
        private String lookedTo = "";
        private boolean heldUp;

        Task(String key) {
            this.key = key;
            String[] parts = key.split("/", 5);
            owner = new DigestFile.Owner(Folder.of(parts[4], parts[0]), parts[2], parts[0], parts[1]);
        }

        String trailArn() {
            return Trail.arn(owner.trailAccount(), owner.homeRegion(), owner.trail());
        }
    }

    /**
     * Starts what is due.
     *
     * @return how long to wait for the next step
     */
    public synchronized Duration step(Instant now) {
        State state = ledger.read();
        Set<String> present = new HashSet<>();
        int refused = 0;
        for (State.Row<Chain> row : state.scan(Trails.CHAINS, "", "")) {
            present.add(row.key());
            refused += row.value().latestFailure().isPresent() ? 1 : 0;
            Task task = tasks.computeIfAbsent(row.key(), Task::new);
            if (!task.busy && isDue(task, state, row.value(), now) && task.backoff.mayTry(now)) {
                submit(task, now);
            }
        }
        tasks.values().removeIf(task -> !task.busy && !present.contains(task.key));
        failing = refused;
        return WAIT;
    }

    /**
     * How digests stand, for metrics.
     *
     * @param failing chains whose last digest could not be put
     * @param failures digests that failed since the start, those tried again included
     */
    public record Status(int failing, long failures) {}

    public Status status() {
        return new Status(failing, failures.get());
    }

    private boolean isDue(Task task, State state, Chain chain, Instant now) {
        if (chain.segments().isEmpty()) {
            return false;
        }
        if (chain.plan().isPresent() || chain.segments().getFirst().closed()) {
            return true;
        }
        Instant start = chain.start();
        if (!now.isBefore(start)) {
            task.early = Optional.empty();
            return !now.isBefore(start.plus(settings.digestInterval())) || isFileHeldUp(task, state, chain);
        }
        Instant since = task.early.filter(at -> !at.isAfter(now)).orElse(now);
        task.early = Optional.of(since);
        return !now.isBefore(since.plus(settings.digestInterval()));
    }

    /** Looks at each file once, for there may be many. */
    private static boolean isFileHeldUp(Task task, State state, Chain chain) {
        String prefix = prefix(task.key, chain);
        if (!task.lookedBehind.equals(chain.after()) || !task.lookedTo.startsWith(prefix)) {
            task.lookedBehind = chain.after();
            task.lookedTo = prefix;
            task.heldUp = false;
        }
        for (State.Row<CoveredFile> row : state.scan(Trails.COVERED, prefix, task.lookedTo)) {
            task.lookedTo = row.key();
            task.heldUp |= row.value().isMissedBy(chain.after());
        }
        return task.heldUp;
    }

    private void submit(Task task, Instant now) {
        boolean suspect = task.backoff.isFailing();
        if (inFlight.get() >= IN_FLIGHT_MAX || suspect && suspectsInFlight.get() >= SUSPECTS_IN_FLIGHT_MAX) {
            return;
        }
        inFlight.incrementAndGet();
        suspectsInFlight.addAndGet(suspect ? 1 : 0);
        task.busy = true;
        try {
            executor.execute(() -> {
                try {
                    run(task, now);
                } finally {
                    arrive(task, suspect);
                }
            });
        } catch (RejectedExecutionException shutDown) {
            arrive(task, suspect);
        }
    }

    private void arrive(Task task, boolean suspect) {
        inFlight.decrementAndGet();
        suspectsInFlight.addAndGet(suspect ? -1 : 0);
        task.busy = false;
    }

    private void run(Task task, Instant now) {
        try {
            decide(task, now).ifPresent(chain -> deliver(task, chain, now));
        } catch (Ledger.Conflict faster) {
            LOG.debug("digest of {} is decided again", task.trailArn());
        } catch (Ledger.LedgerUnavailable unavailable) {
            task.backoff.failed(now);
        } catch (RuntimeException defect) {
            LOG.error("digest of {} failed unexpectedly", task.trailArn(), defect);
            failures.incrementAndGet();
            task.backoff.failed(now);
        }
    }

    /** The chain with a plan that is committed. */
    private Optional<Chain> decide(Task task, Instant now) {
        State state = ledger.read();
        Optional<Chain> found = state.get(Trails.CHAINS, task.key)
                .filter(chain -> !chain.segments().isEmpty());
        if (found.isEmpty()) {
            return found;
        }
        Chain chain = found.get();
        Chain decided = chain.plan().isPresent()
                ? redirected(chain, chain.plan().get())
                : chain.planning(plan(task, state, chain, now));
        if (!decided.equals(chain)) {
            ledger.commit(state, List.of(Change.put(Trails.CHAINS, task.key, decided)), List.of());
        }
        return Optional.of(decided);
    }

    /** What certainly is not in the bucket that refuses goes to the one that the trail has now. */
    private static Chain redirected(Chain chain, Chain.Plan plan) {
        boolean elsewhere = !plan.bucket().equals(chain.bucket())
                || !plan.prefix().equals(chain.prefix())
                || !plan.organization().equals(chain.organization());
        boolean refused = chain.latestFailure()
                .filter(failure -> Delivery.CERTAIN.contains(failure.code()))
                .isPresent();
        return elsewhere && refused ? chain.planning(plan.redirected(chain)) : chain;
    }

    private Chain.Plan plan(Task task, State state, Chain chain, Instant now) {
        Chain.Segment segment = chain.segments().getFirst();
        Instant start = chain.start();
        Instant until = chain.until(now);
        long late = intervals(start, until);
        boolean backfill = late > 1;
        boolean everything = !backfill && (segment.closed() || late < 1 && !now.isBefore(start));
        Instant end = everything ? endNow(start, until) : end(start, late);
        long toFile = 0;
        int files = 0;
        boolean all = true;
        for (State.Row<CoveredFile> row : covered(state, task.key, chain)) {
            // A window ahead of the clock must not hold files back.
            boolean inside = everything || row.value().at().isBefore(end) || end.isAfter(now);
            if (!inside || files == FILES_MAX) {
                all = false;
                break;
            }
            toFile = Trails.coveredNumber(row.key()) + 1;
            files++;
        }
        long key = keys.current(task.owner.folder().region(), end).number();
        return new Chain.Plan(
                start,
                end,
                toFile,
                key,
                segment.closed() && all && !backfill,
                chain.bucket(),
                chain.prefix(),
                chain.organization(),
                chain.counted(),
                Optional.of(now.truncatedTo(ChronoUnit.SECONDS)).filter(_ -> backfill));
    }

    /** Whole intervals that have passed: one, for a digest in time. */
    private long intervals(Instant start, Instant now) {
        return Duration.between(start, now).toSeconds()
                / settings.digestInterval().toSeconds();
    }

    private Instant end(Instant start, long intervals) {
        return start.plusSeconds(
                Math.max(1, intervals - LATE_MAX) * settings.digestInterval().toSeconds());
    }

    private static Instant endNow(Instant start, Instant now) {
        Instant end = now.truncatedTo(ChronoUnit.SECONDS);
        return end.isAfter(start) ? end : start.plusSeconds(1);
    }

    private static Iterable<State.Row<CoveredFile>> covered(State state, String chainKey, Chain chain) {
        return state.scan(Trails.COVERED, prefix(chainKey, chain), "");
    }

    private static String prefix(String chainKey, Chain chain) {
        return Trails.coveredPrefix(chainKey, chain.segments().getFirst().number());
    }

    private void deliver(Task task, Chain chain, Instant now) {
        Chain.Plan plan = chain.plan().orElseThrow();
        State state = ledger.read();
        List<String> rows = new ArrayList<>();
        List<CoveredFile> files = new ArrayList<>();
        for (State.Row<CoveredFile> row : covered(state, task.key, chain)) {
            if (Trails.coveredNumber(row.key()) >= plan.toFile()) {
                break;
            }
            rows.add(row.key());
            files.add(row.value());
        }
        SigningKey key = SigningKeys.numbered(state, task.owner.folder().region(), plan.signingKey());
        Optional<CountsFile> counts =
                plan.counted() ? Optional.of(CountsFile.of(task.owner, plan, files)) : Optional.empty();
        DigestFile digest = DigestFile.of(
                task.owner,
                plan,
                chain.before(plan),
                chain.preceding(plan),
                key.fingerprint(),
                files.stream().filter(CoveredFile::isFile).toList(),
                counts);
        String signature = keys.sign(key, digest.toSign()).hex();
        try {
            boolean counted = counts.isEmpty() || put(task, counts.get(), chain.kmsKey());
            if (!counted || !put(task, digest, signature, plan, chain.kmsKey())) {
                replace(task, chain, chain.planning(plan.renamed()), List.of());
                return;
            }
        } catch (ObjectStore.Failure failure) {
            failed(task, chain, failure, now);
            return;
        }
        Chain.Link link = new Chain.Link(plan.bucket(), digest.key(), digest.hash(), signature);
        replace(task, chain, chain.done(plan, link, now), rows);
        task.backoff.succeeded();
        task.early = Optional.empty();
    }

    /** Returns false when the name belongs to an object that is not ours. */
    private boolean put(Task task, DigestFile digest, String signature, Chain.Plan plan, Optional<String> kmsKey) {
        Map<String, String> metadata = new TreeMap<>(
                Map.of(DigestFile.SIGNATURE, signature, DigestFile.SIGNATURE_ALGORITHM, DigestFile.ALGORITHM));
        plan.lateAt().ifPresent(at -> metadata.put(DigestFile.GENERATED, at.toString()));
        return put(task, digest.bucket(), digest.key(), digest.content(), metadata, kmsKey);
    }

    private boolean put(Task task, CountsFile counts, Optional<String> kmsKey) {
        return put(task, counts.bucket(), counts.key(), counts.content(), Map.of(), kmsKey);
    }

    private boolean put(
            Task task,
            String bucket,
            String key,
            Bytes content,
            Map<String, String> metadata,
            Optional<String> kmsKey) {
        Bytes packed = LogFile.pack(content, settings.gzipLevel());
        Put put = store.putNew(new NewObject(
                bucket,
                key,
                packed,
                LogFile.CONTENT_TYPE,
                Optional.of(LogFile.CONTENT_ENCODING),
                metadata,
                new Writer(task.trailArn(), task.owner.trailAccount(), task.owner.homeRegion()),
                kmsKey));
        return put == Put.STORED || store.holds(bucket, key, packed);
    }

    private void failed(Task task, Chain chain, ObjectStore.Failure failure, Instant now) {
        if (!task.backoff.isFailing()) {
            LOG.warn("digest of {} failed: {}", task.trailArn(), failure.getMessage());
        }
        failures.incrementAndGet();
        task.backoff.failed(now);
        boolean known = chain.latestFailure()
                .filter(f -> f.code().equals(failure.code()))
                .isPresent();
        if (!known) {
            replace(task, chain, chain.failing(failure.code(), now), List.of());
        }
    }

    /** Commits the chain's new state unless somebody else changed it: then the next step finds the same plan there. */
    private void replace(Task task, Chain seen, Chain next, List<String> done) {
        State state = ledger.read();
        if (!state.get(Trails.CHAINS, task.key).equals(Optional.of(seen))) {
            return;
        }
        // The trail's own row goes when all its files are there; the chain of a trail that is gone ends with its
        // digest.
        String trail = task.key.substring(0, task.key.lastIndexOf('/'));
        boolean over =
                next.segments().isEmpty() && state.get(Trails.PROGRESS, trail).isEmpty();
        List<Change<?>> changes = new ArrayList<>();
        changes.add(over ? Change.delete(Trails.CHAINS, task.key) : Change.put(Trails.CHAINS, task.key, next));
        done.forEach(row -> changes.add(Change.delete(Trails.COVERED, row)));
        ledger.commit(state, changes, List.of());
    }
}
