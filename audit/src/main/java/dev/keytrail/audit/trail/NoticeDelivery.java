package dev.keytrail.audit.trail;

import dev.keytrail.audit.trail.ObjectStore.Writer;
import dev.keytrail.audit.trail.Progress.Failed;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the notices of all trails, each at least once and in a trail's own order: dying between the topic's answer and
 * the commit publishes again. A topic that refuses or is slow costs its own trail the notice's delay and nothing else; of a
 * trail whose topic stays dead, the newest {@value #WAITING_MAX} notices wait.
 */
public final class NoticeDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(NoticeDelivery.class);

    static final int WAITING_MAX = 10_000;
    private static final int PLACES = 4;
    private static final int PLACES_OF_SUSPECTS = 2;
    private static final int IN_FLIGHT_MAX = 16;
    private static final int NOTICES_PER_ROUND = 50;
    private static final Duration WAIT = Duration.ofMillis(200);

    private final Ledger ledger;
    private final NoticeBoard board;
    private final Errands errands;
    private final AtomicLong failures = new AtomicLong();
    private volatile int waitingCount;

    /** @param executor runs one trail's notices each: on threads of their own, or at once in a simulation */
    public NoticeDelivery(Ledger ledger, NoticeBoard board, Executor executor) {
        this.ledger = ledger;
        this.board = board;
        this.errands = new Errands(PLACES, PLACES_OF_SUSPECTS, IN_FLIGHT_MAX, executor);
    }

    /**
     * Starts what is due.
     *
     * @return how long to wait for the next step
     */
    public synchronized Duration step(Instant now) {
        State state = ledger.read();
        Map<String, List<String>> waiting = new LinkedHashMap<>();
        for (State.Row<Notice> row : state.scan(Trails.NOTICES, "", "")) {
            String trail = row.key().substring(0, row.key().lastIndexOf('/'));
            waiting.computeIfAbsent(trail, _ -> new ArrayList<>()).add(row.key());
        }
        waitingCount = waiting.values().stream().mapToInt(List::size).sum();
        errands.look(waiting.keySet(), now);
        waiting.forEach((trail, notices) -> {
            if (errands.isFree(trail, now)) {
                errands.send(trail, now, errand -> run(trail, errand, notices, now));
            }
        });
        return WAIT;
    }

    /**
     * How notices stand, for metrics.
     *
     * @param waiting notices of all trails that are not published yet
     * @param failures publishings that failed since the start
     */
    public record Status(int waiting, long failures) {}

    public Status status() {
        return new Status(waitingCount, failures.get());
    }

    private void run(String trail, Errands.Errand errand, List<String> notices, Instant now) {
        try {
            int surplus = Math.max(0, notices.size() - WAITING_MAX);
            if (surplus > 0) {
                LOG.warn("{} notices of {} are dropped: its topic takes none", surplus, trail);
                commit(trail, notices.subList(0, surplus), found -> found);
            }
            for (String key : notices.subList(surplus, Math.min(notices.size(), surplus + NOTICES_PER_ROUND))) {
                if (!publish(trail, key, now)) {
                    errand.failed(now);
                    return;
                }
                errand.succeeded();
                if (errand.isSlow()) {
                    return;
                }
            }
        } catch (Ledger.Conflict | Ledger.LedgerUnavailable later) {
            errand.failed(now);
        } catch (RuntimeException defect) {
            LOG.error("notices of {} failed unexpectedly", trail, defect);
            errand.failed(now);
        }
    }

    private boolean publish(String trail, String key, Instant now) {
        Optional<Notice> notice = ledger.read().get(Trails.NOTICES, key);
        if (notice.isEmpty()) {
            return true;
        }
        String[] parts = trail.split("/", 4);
        Writer writer = new Writer(Trail.arn(parts[0], parts[1], parts[2]), parts[0], parts[1]);
        try {
            board.publish(notice.get().topic(), notice.get().message(), writer);
        } catch (ObjectStore.Failure failure) {
            failures.incrementAndGet();
            LOG.warn("notice of {} failed: {}", writer.trailArn(), failure.getMessage());
            commit(
                    trail,
                    List.of(),
                    found -> found.failure()
                                    .filter(f -> f.code().equals(failure.code()))
                                    .isPresent()
                            ? found
                            : new Notified(found.latest(), Optional.of(new Failed(failure.code(), now))));
            return false;
        }
        commit(trail, List.of(key), _ -> new Notified(Optional.of(now), Optional.empty()));
        return true;
    }

    private interface Telling {
        Notified told(Notified found);
    }

    private void commit(String trail, List<String> done, Telling telling) {
        State state = ledger.read();
        Notified before = state.get(Trails.NOTIFIED, trail).orElse(Notified.NEVER);
        Notified after = telling.told(before);
        List<Change<?>> changes = new ArrayList<>();
        done.forEach(key -> changes.add(Change.delete(Trails.NOTICES, key)));
        // Nobody asks for the status of a trail that is gone and delivered.
        if (state.get(Trails.PROGRESS, trail).isEmpty()) {
            changes.add(Change.delete(Trails.NOTIFIED, trail));
        } else if (!after.equals(before)) {
            changes.add(Change.put(Trails.NOTIFIED, trail, after));
        }
        if (!changes.isEmpty()) {
            ledger.commit(state, changes, List.of());
        }
    }
}
