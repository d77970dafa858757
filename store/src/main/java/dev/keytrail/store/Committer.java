package dev.keytrail.store;

import dev.keytrail.call.Histogram;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiConsumer;
import org.jctools.queues.atomic.MpmcAtomicArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes commits from any thread and makes them durable, many with one write. One platform thread does all of it; a
 * second one, the watchdog, only sees to it that nobody waits longer than the commit timeout.
 *
 * <p>What a failure means: the committer goes on in a new segment ({@link LogWriter}) and writes the same batch there,
 * so a passing fault costs time only. A batch that has waited too long is abandoned: its callers are told that nothing
 * has changed, and before any other commit is taken a new segment must say, durably, that the batch is no part of the
 * ledger. Until then commits are refused at once and reads go on.
 *
 * <p>What remains: a process that dies after it has abandoned a batch and before the disk takes that one write. Its
 * next start may find the batch whole and keep it, changes and records together.
 */
final class Committer {
    private static final Logger LOG = LoggerFactory.getLogger(Committer.class);

    private static final int BATCH_COMMITS_MAX = 1024;
    private static final int BATCH_BYTES_MAX = 1 << 20;
    private static final int TICKS_PER_TIMEOUT = 20;
    /** Fewer than the timeout has, so that the refusal is there in time. */
    private static final int TICKS_MAX = TICKS_PER_TIMEOUT - 2;

    /**
     * A sync costs the same CPU for one commit as for fifty. While a crowd is calling, and the processors are what it
     * waits for, writes therefore start at least this far apart: measured at 64 connections on two cores, a tenth more
     * calls a second and a shorter p99. The first call after a longer pause waits as long, for the rest of those that come
     * together. With fewer callers the pace would only make them wait.
     */
    private static final long PACE_MICROS = 500;

    /** A batch so large shows a crowd. */
    private static final int CROWD_BEGINS = 8;

    /** A batch that stays smaller although its write was held back shows that the crowd is gone. */
    private static final int CROWD_ENDS = 14;

    private static final long RETRY_NANOS_MIN = 1_000_000L;
    private static final long RETRY_NANOS_MAX = 200_000_000L;

    private final LogWriter log;
    private final InstantSource clock;
    private final BiConsumer<Batch, LogPosition> publish;
    private final MpmcAtomicArrayQueue<Commit> queue;
    private final long tickNanos;
    private final Thread thread;
    private final Thread watchdog;

    /** Owned by the committer's thread. */
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(FrameHeader.BYTES + 2 * BATCH_BYTES_MAX);

    private @Nullable Commit carried;
    private boolean crowd;
    private long lastWriteMicros;

    /** Why commits are refused; null while the ledger can be written. */
    private volatile @Nullable String down;

    private volatile @Nullable Batch inFlight;
    private volatile boolean idle;
    private volatile boolean closing;
    private volatile boolean ended;
    private volatile int tick;
    private volatile long lastSyncMicros;

    private final Histogram syncMicros =
            new Histogram(100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 100_000, 500_000, 2_000_000);
    private final Histogram batchCommits = new Histogram(1, 2, 4, 8, 16, 32, 64, 128, 256, 512);

    /**
     * @param publish makes a durable batch visible; called on the committer's thread before the callers are released
     */
    Committer(LogWriter log, StoreOptions options, InstantSource clock, BiConsumer<Batch, LogPosition> publish) {
        this.log = log;
        this.clock = clock;
        this.publish = publish;
        this.queue = new MpmcAtomicArrayQueue<>(options.queueMax());
        this.tickNanos = options.commitTimeout().toNanos() / TICKS_PER_TIMEOUT;
        this.thread = Thread.ofPlatform().name("ledger-committer").daemon(true).unstarted(this::run);
        this.watchdog = Thread.ofPlatform().name("ledger-watchdog").daemon(true).unstarted(this::watch);
    }

    void start() {
        thread.start();
        watchdog.start();
    }

    int tick() {
        return tick;
    }

    int waiting() {
        Batch batch = inFlight;
        return queue.size() + (batch == null ? 0 : batch.size());
    }

    long lastSyncMicros() {
        return lastSyncMicros;
    }

    Histogram.Snapshot syncMicros() {
        return syncMicros.snapshot();
    }

    Histogram.Snapshot batchCommits() {
        return batchCommits.snapshot();
    }

    /** Why a commit would be refused now. */
    Optional<String> refusal() {
        return closing ? Optional.of("the store is closed") : Optional.ofNullable(down);
    }

    /** Hands a commit in; it will be settled. */
    void submit(Commit commit) {
        Optional<String> refusal = refusal();
        if (refusal.isPresent()) {
            commit.settle(new Commit.Outcome.Unavailable(refusal.get()));
        } else if (!queue.offer(commit)) {
            commit.settle(new Commit.Outcome.Unavailable("too many commits are waiting"));
        } else if (ended) {
            // The committer may have looked for the last time before this one came.
            refuseQueued("the store is closed");
        } else if (idle) {
            LockSupport.unpark(thread);
        }
    }

    /** Finishes what was handed in, as far as the disk lets it, and stops. */
    void close(Duration patience) {
        closing = true;
        LockSupport.unpark(thread);
        try {
            if (!thread.join(patience)) {
                LOG.error("the disk does not answer: stopping without it");
                Batch batch = inFlight;
                if (batch != null) {
                    batch.abandon("the store is closed");
                }
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        ended = true;
        refuseQueued("the store is closed");
        LockSupport.unpark(watchdog);
    }

    private void run() {
        String reason = "the store is closed";
        try {
            while (true) {
                boolean restored = (!log.uncertain() && down == null) || restore();
                Commit first = restored ? take() : null;
                if (first != null) {
                    letOthersCome();
                    process(gather(first));
                } else if (closing) {
                    return;
                }
            }
        } catch (RuntimeException | Error broken) {
            LOG.error("the committer stopped: the ledger takes nothing until the next start", broken);
            reason = "the ledger has stopped";
        } finally {
            down = reason;
            ended = true;
            refuseInFlight(reason);
            if (carried != null) {
                carried.settle(new Commit.Outcome.Unavailable(reason));
            }
            refuseQueued(reason);
        }
    }

    /** The next commit, waiting for one; null when there is something else to see to. */
    private @Nullable Commit take() {
        Commit commit = carried != null ? carried : queue.poll();
        carried = null;
        if (commit == null) {
            idle = true;
            commit = queue.poll();
            if (commit == null && !closing && down == null) {
                LockSupport.park(this);
                commit = queue.poll();
            }
            idle = false;
        }
        return commit;
    }

    private void letOthersCome() {
        if (!crowd || carried != null || closing) {
            return;
        }
        long since = micros() - lastWriteMicros;
        // Longer ago (or a clock that went back): the first of those who got their results at the same time, and come
        // together.
        long left = since >= 0 && since < PACE_MICROS ? PACE_MICROS - since : PACE_MICROS;
        LockSupport.parkNanos(this, TimeUnit.MICROSECONDS.toNanos(left));
    }

    private Batch gather(Commit first) {
        Batch batch = new Batch();
        Commit next = first;
        while (next != null) {
            batch.add(next);
            next = batch.size() < BATCH_COMMITS_MAX ? queue.poll() : null;
            if (next != null && batch.payloadBytes() + next.payload().length > BATCH_BYTES_MAX) {
                carried = next;
                next = null;
            }
        }
        return batch;
    }

    private void process(Batch batch) {
        if (batch.payloadBytes() == 0) {
            // Nothing to write: these callers only asked whether what they had read still stands.
            batch.settleDurable();
            release(batch, log.end().index());
            return;
        }
        ByteBuffer frame = fill(batch);
        inFlight = batch;
        crowd = batch.size() >= (crowd ? CROWD_ENDS : CROWD_BEGINS);
        lastWriteMicros = micros();
        if (write(batch, frame)) {
            long firstIndex = log.end().index();
            LogPosition end = log.confirm(frame.limit(), batch.records(), frameCrc(frame));
            publish.accept(batch, end);
            inFlight = null;
            release(batch, firstIndex);
        }
        inFlight = null;
    }

    private ByteBuffer fill(Batch batch) {
        int bytes = FrameHeader.BYTES + batch.payloadBytes();
        ByteBuffer frame = bytes <= buffer.capacity() ? buffer : ByteBuffer.allocateDirect(bytes);
        frame.clear().position(FrameHeader.BYTES);
        for (Commit commit : batch.commits()) {
            frame.put(commit.payload());
        }
        FrameHeader.complete(frame, log.end(), batch.records());
        return frame;
    }

    private static int frameCrc(ByteBuffer frame) {
        return FrameHeader.decode(frame).orElseThrow().crc();
    }

    /** Until it is written or abandoned. */
    private boolean write(Batch batch, ByteBuffer frame) {
        long pauseNanos = RETRY_NANOS_MIN;
        while (true) {
            String reason;
            try {
                long before = micros();
                log.write(frame);
                long took = micros() - before;
                lastSyncMicros = took;
                syncMicros.observe(took);
                batchCommits.observe(batch.commits().size());
                if (!batch.settleDurable()) {
                    return false;
                }
                recovered();
                return true;
            } catch (IOException e) {
                reason = failed(e, pauseNanos > RETRY_NANOS_MIN);
            }
            if (batch.isAbandoned() || (closing && batch.abandon(reason))) {
                down = reason;
                return false;
            }
            pause(pauseNanos);
            pauseNanos = Math.min(pauseNanos * 2, RETRY_NANOS_MAX);
        }
    }

    /** Until a new segment says where the ledger ends; false when closing. */
    private boolean restore() {
        long pauseNanos = RETRY_NANOS_MIN;
        // Once close has given up waiting, the directory may be another's.
        while (!ended) {
            try {
                log.roll();
                recovered();
                return true;
            } catch (IOException e) {
                refuseQueued(failed(e, true));
            }
            if (closing) {
                return false;
            }
            pause(pauseNanos);
            pauseNanos = Math.min(pauseNanos * 2, RETRY_NANOS_MAX);
        }
        return false;
    }

    private String failed(IOException e, boolean again) {
        String reason = "the ledger cannot be written: " + e.getMessage();
        if (down == null) {
            LOG.error("the ledger cannot be written, trying again", e);
        }
        if (again) {
            down = reason;
        }
        return reason;
    }

    private void recovered() {
        if (down != null) {
            LOG.info("the ledger can be written again");
            down = null;
        }
    }

    /** Woken early by a caller or by close; a spurious try does no harm. */
    private void pause(long nanos) {
        if (!closing) {
            LockSupport.parkNanos(this, nanos);
        }
    }

    private static void release(Batch batch, long firstIndex) {
        Commit.settleDone(batch.commits(), firstIndex);
        batch.releaseLosers();
    }

    private void refuseQueued(String reason) {
        for (Commit commit = queue.poll(); commit != null; commit = queue.poll()) {
            commit.settle(new Commit.Outcome.Unavailable(reason));
        }
    }

    private void refuseInFlight(String reason) {
        Batch batch = inFlight;
        if (batch != null) {
            batch.refuse(reason);
        }
    }

    private void watch() {
        while (!ended) {
            LockSupport.parkNanos(this, tickNanos);
            int now = tick + 1;
            tick = now;
            Batch batch = inFlight;
            if (batch != null && now - batch.oldestTick() >= TICKS_MAX) {
                String reason = down != null ? down : "the disk does not answer";
                if (batch.abandon(reason)) {
                    down = reason;
                    LockSupport.unpark(thread);
                    LOG.error("{} commits abandoned after {} ms: {}", batch.size(), millisMax(), reason);
                }
            }
            Commit oldest = queue.peek();
            while (oldest != null && now - oldest.tick >= TICKS_MAX) {
                // Another thread may have taken that one; then a younger one is refused, which is allowed.
                Commit polled = queue.poll();
                if (polled != null) {
                    polled.settle(new Commit.Outcome.Unavailable("the disk does not keep up"));
                }
                oldest = queue.peek();
            }
        }
    }

    private long millisMax() {
        return TimeUnit.NANOSECONDS.toMillis(tickNanos * TICKS_MAX);
    }

    private long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
    }
}
