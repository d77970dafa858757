package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the durable ledger into the views, behind the committer, on one platform thread; look-ups run on a few others.
 * A failing view (a full disk, say) holds up nobody but look-ups: it is opened again until it works, and rebuilt from
 * the ledger if it is damaged.
 */
final class Indexer {
    private static final Logger LOG = LoggerFactory.getLogger(Indexer.class);
    private static final int LOOKUP_THREADS = 2;
    private static final int LOOKUPS_WAITING_MAX = 256;
    private static final int WALK_CHUNK_BYTES = 1 << 20;
    private static final int FETCH_CHUNK_BYTES = 16 << 10;
    private static final long WRITE_BYTES_MAX = 1 << 20;
    private static final long RETRY_NANOS = 500_000_000L;
    /** Rest after a small portion, so that the next one is larger; look-ups have the tail meanwhile. */
    private static final long REST_NANOS = 5_000_000L;

    private static final long SMALL_BYTES = WRITE_BYTES_MAX / 4;

    private final Path directory;
    private final Disk disk;
    private final Segments segments;
    private final Tail tail;
    private final Supplier<LogPosition> durable;
    private final Thread thread;
    private final ThreadPoolExecutor lookups = new ThreadPoolExecutor(
            LOOKUP_THREADS,
            LOOKUP_THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(LOOKUPS_WAITING_MAX),
            Thread.ofPlatform().name("history-", 0).daemon(true).factory());

    /** Held for reading inside the views, for writing to open and close them. */
    private final ReentrantReadWriteLock viewsLock = new ReentrantReadWriteLock();

    private @Nullable Views views;

    private final ReentrantLock progressLock = new ReentrantLock();
    private final Condition progress = progressLock.newCondition();
    private volatile LogPosition applied;
    private volatile boolean idle;
    private volatile boolean closing;
    private volatile boolean stopping;
    private volatile boolean damaged;

    /**
     * @param applied up to where the open views have taken the ledger in
     * @param durable the ledger's end; whoever moves it calls {@link #wake}
     */
    Indexer(
            Path directory,
            Disk disk,
            Segments segments,
            Tail tail,
            Views views,
            LogPosition applied,
            Supplier<LogPosition> durable) {
        this.directory = directory;
        this.disk = disk;
        this.segments = segments;
        this.tail = tail;
        this.views = views;
        this.applied = applied;
        this.durable = durable;
        this.thread = Thread.ofPlatform().name("history-indexer").daemon(true).unstarted(this::run);
        lookups.allowCoreThreadTimeOut(true);
    }

    void start() {
        thread.start();
    }

    /** There may be something new. Cheap. */
    void wake() {
        if (idle) {
            LockSupport.unpark(thread);
        }
    }

    long appliedIndex() {
        return applied.index();
    }

    /** Waits until all records below the index are in. */
    void await(long index, Duration patience) {
        if (applied.index() >= index) {
            return;
        }
        long nanos = patience.toNanos();
        progressLock.lock();
        try {
            while (applied.index() < index) {
                if (closing || nanos <= 0) {
                    throw new Ledger.LedgerUnavailable(
                            "event history is " + (index - applied.index()) + " records behind");
                }
                nanos = progress.awaitNanos(nanos);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new Ledger.LedgerUnavailable("interrupted while waiting for event history");
        } finally {
            progressLock.unlock();
        }
    }

    List<HistoryIndex.Found> find(HistoryIndex.Lookup lookup) {
        return inside((open, fetch) -> open.find(lookup, fetch));
    }

    int forget(ToLongFunction<String> earliestSecond, int most) {
        return inside((open, fetch) -> open.forget(earliestSecond, most, fetch));
    }

    /** Before segments go: what they came to is found in the base, and nothing points to them. */
    void drop(Foundation base, Views.Records dropped) {
        inside((open, _) -> {
            open.take(base, disk, false);
            open.drop(base, disk, dropped);
            return base;
        });
    }

    /** What is done with the open views, on a thread that native code may pin. */
    private interface Inside<T> {
        T work(Views open, Views.Fetch fetch) throws RocksDBException, IOException;
    }

    private <T> T inside(Inside<T> work) {
        Future<T> task = submit(() -> here(work));
        try {
            return task.get();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new Ledger.LedgerUnavailable("interrupted while looking events up");
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                case null, default -> {
                    LOG.error("a look-up failed", e.getCause());
                    throw new Ledger.LedgerUnavailable("event history cannot be read");
                }
            }
        }
    }

    private <T> Future<T> submit(Callable<T> task) {
        try {
            return lookups.submit(task);
        } catch (RejectedExecutionException _) {
            throw new Ledger.LedgerUnavailable("too many look-ups are waiting");
        }
    }

    private <T> T here(Inside<T> work) throws RocksDBException, IOException {
        viewsLock.readLock().lock();
        try (LogReader reader = new LogReader(disk, segments, FETCH_CHUNK_BYTES)) {
            Views open = views;
            if (open == null) {
                throw new Ledger.LedgerUnavailable("event history is closed");
            }
            return work.work(open, (segment, offset, index) -> fetch(reader, segment, offset, index));
        } catch (RocksDBException e) {
            if (e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption) {
                damaged = true;
                LockSupport.unpark(thread);
            }
            throw e;
        } finally {
            viewsLock.readLock().unlock();
        }
    }

    private Optional<LedgerRecord> fetch(LogReader reader, long segment, int offset, long index) throws IOException {
        if (!segments.isReadable(segment)) {
            return Optional.empty();
        }
        LogReader.Frame frame = reader.intact(segment, offset)
                .filter(read ->
                        read.start().index() <= index && index < read.end().index())
                .orElseThrow(() -> new LedgerDamaged(
                        Foundation.fileOf(segment), offset, index, "the frame is not what was indexed"));
        return Optional.of(
                CommitCodec.record(frame.payload(), (int) (index - frame.start().index())));
    }

    private void run() {
        while (goesOn()) {
            if (damaged) {
                reopen();
            }
            try {
                takeIn();
            } catch (RocksDBException | IOException | RuntimeException e) {
                LOG.error("the history index cannot be written, trying again", e);
                if (closing) {
                    return;
                }
                LockSupport.parkNanos(this, RETRY_NANOS);
                reopen();
            }
        }
    }

    private boolean goesOn() {
        return !stopping && (!closing || !applied.isAt(durable.get()));
    }

    /** Writes portions as they come. */
    private void takeIn() throws RocksDBException, IOException {
        Views open = views;
        if (open == null) {
            throw new IOException("the views are not open");
        }
        try (Views.Writing writing = open.new Writing();
                LogReader reader = new LogReader(disk, segments, WALK_CHUNK_BYTES)) {
            while (goesOn() && !damaged) {
                LogPosition end = durable.get();
                LogPosition at = applied;
                while (writing.bytes() < WRITE_BYTES_MAX) {
                    Optional<LogReader.Frame> frame = reader.next(at, end);
                    if (frame.isEmpty()) {
                        break;
                    }
                    writing.add(frame.get());
                    at = frame.get().end();
                }
                if (at.isAt(applied)) {
                    // Nothing but the step into an empty segment.
                    applied = end;
                    waitForMore(end);
                } else {
                    boolean small = writing.bytes() < SMALL_BYTES;
                    writing.commit();
                    advance(at);
                    if (small && !closing) {
                        LockSupport.parkNanos(this, REST_NANOS);
                    }
                }
            }
        }
    }

    private void advance(LogPosition to) {
        progressLock.lock();
        try {
            applied = to;
            progress.signalAll();
        } finally {
            progressLock.unlock();
        }
        tail.trim(to.index());
    }

    private void waitForMore(LogPosition end) {
        idle = true;
        if (durable.get().isAt(end) && !closing && !damaged) {
            LockSupport.park(this);
        }
        idle = false;
    }

    /** What was applied but is not in the views any more is simply applied again. */
    private void reopen() {
        viewsLock.writeLock().lock();
        try {
            if (views != null) {
                views.close();
                views = null;
            }
            OpenedViews opened = damaged
                    ? OpenedViews.rebuild(directory, disk, segments, "a look-up found it damaged")
                    : OpenedViews.open(directory, disk, segments);
            damaged = false;
            views = opened.views();
            applied = opened.position();
        } catch (IOException | RuntimeException e) {
            LOG.error("the history index cannot be opened", e);
        } finally {
            viewsLock.writeLock().unlock();
        }
    }

    /** Takes in what is left, if that is quickly done, and closes the views. */
    void close(Duration patience) {
        closing = true;
        LockSupport.unpark(thread);
        lookups.shutdown();
        try {
            if (!thread.join(patience)) {
                LOG.warn(
                        "the history index is {} records behind; the next start catches up",
                        durable.get().index() - applied.index());
                stopping = true;
                thread.join(patience);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return;
        }
        progressLock.lock();
        try {
            progress.signalAll();
        } finally {
            progressLock.unlock();
        }
        if (thread.isAlive()) {
            LOG.error("the history index does not answer: left open");
        } else {
            closeViews();
        }
    }

    private void closeViews() {
        viewsLock.writeLock().lock();
        try {
            if (views != null) {
                views.flush();
                views.close();
                views = null;
            }
        } catch (RocksDBException e) {
            LOG.warn("the history index was not written out; the next start catches up", e);
        } finally {
            viewsLock.writeLock().unlock();
        }
    }
}
