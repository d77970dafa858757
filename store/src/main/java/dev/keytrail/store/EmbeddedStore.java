package dev.keytrail.store;

import dev.keytrail.audit.chain.Dropped;
import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A store in one directory: {@code ledger/} is the truth, {@code views/} is derived from it, {@code lock} keeps others
 * out. Its own threads are platform threads; callers may be virtual ones, which park while they wait.
 */
public final class EmbeddedStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofMillis(900);
    private static final byte[] NOTHING = {};
    private static final int WALK_CHUNK_BYTES = 1 << 20;
    private static final int SEGMENTS_UNPACKED = 3;

    /** Dropped at once: bounds the memory for what they came to. */
    private static final int SEGMENTS_RETIRED_MAX = 4;

    private final DirectoryLock lock;
    private final PackedDisk disk;
    private final Segments segments;
    private final Rows rows;
    private final Spares spares;
    private final LogWriter writer;
    private final Committer committer;
    private final Tail tail;
    private final @Nullable Indexer indexer;
    private final EmbeddedLedger ledger = new EmbeddedLedger();
    private final AtomicInteger filesHeld = new AtomicInteger();
    private volatile LogPosition durable;
    private boolean closed;

    private EmbeddedStore(
            Path directory, DirectoryLock lock, Opening opening, StoreOptions options, InstantSource clock)
            throws IOException {
        this.lock = lock;
        this.disk = opening.disk;
        this.segments = opening.log.segments();
        this.rows = opening.rows;
        this.durable = opening.end.position();
        this.tail = new Tail(options.tailRecordsMax());
        this.spares = opening.log.spares();
        this.writer = opening.log.writer(spares, opening.end);
        this.committer = new Committer(writer, options, clock, this::publish);
        OpenedViews views = opening.views;
        this.indexer = views == null
                ? null
                : new Indexer(viewsOf(directory), disk, segments, tail, views.views(), views.position(), () -> durable);
    }

    /**
     * Opens the store and recovers what a crash has left.
     *
     * @param tables every table that will ever be read or written; rows of another one stop the start
     * @throws IOException the directory is in use or cannot be read or written
     * @throws LedgerDamaged the ledger is not what was written
     */
    public static EmbeddedStore open(Path directory, List<Table<?>> tables, StoreOptions options, InstantSource clock)
            throws IOException {
        FileDisk.createDirectory(directory);
        if (LedgerRepair.isInterrupted(directory)) {
            throw new IOException("a repair of " + directory + " was interrupted: run keytrail repair --write again");
        }
        return open(directory, FileDisk.at(directory.resolve("ledger")), tables, options, clock);
    }

    /** The same with the ledger on another disk, for simulation; lock and views stay in the directory. */
    public static EmbeddedStore open(
            Path directory, Disk disk, List<Table<?>> tables, StoreOptions options, InstantSource clock)
            throws IOException {
        DirectoryLock lock = DirectoryLock.take(directory);
        Opening opening = new Opening(disk, tables, options);
        try {
            opening.run(viewsOf(directory), options.indexing());
            EmbeddedStore store = new EmbeddedStore(directory, lock, opening, options, clock);
            store.start();
            return store;
        } catch (IOException | RuntimeException failed) {
            opening.abandon();
            lock.close();
            throw failed;
        }
    }

    private static Path viewsOf(Path directory) {
        return directory.resolve("views");
    }

    private void start() {
        spares.start();
        committer.start();
        if (indexer != null) {
            indexer.start();
        }
    }

    /** Brings log, rows and views to one state. */
    private static final class Opening {
        private final PackedDisk disk;
        private final Rows rows;
        private final Map<String, Rows.TableRows<?>> byName = new HashMap<>();
        private final LogOpening log;
        private LogOpening.End end = new LogOpening.End(SegmentHeader.root().start(), false);
        private @Nullable OpenedViews views;

        Opening(Disk disk, List<Table<?>> tables, StoreOptions options) {
            this.disk = new PackedDisk(disk);
            this.rows = new Rows(tables);
            rows.all().forEach(table -> byName.put(table.table.name(), table));
            this.log = new LogOpening(this.disk, options);
        }

        void run(Path viewsDirectory, boolean indexing) throws IOException {
            log.link();
            LogPosition from = log.segments().first().start();
            LogReader.Frame last = null;
            if (indexing) {
                OpenedViews opened = openViews(viewsDirectory);
                views = opened;
                from = opened.position();
                last = opened.last().orElse(null);
            }
            Optional<Foundation> base = log.segments().base();
            if (!indexing && base.isPresent()) {
                base.get().read(disk, frame -> CommitCodec.visitChanges(frame.payload(), new Replay()));
            }
            end = log.walk(from, last, frame -> CommitCodec.visitChanges(frame.payload(), new Replay()));
            if (base.isPresent()) {
                requireDeclared(base.get());
            }
            log.clean();
        }

        /** The ledger itself must say that what is not there was dropped, and what it came to. */
        private void requireDeclared(Foundation base) throws IOException {
            long end = base.kept().firstIndex();
            Bytes digest = base.digest(disk);
            boolean declared = rows.knows(Dropped.TABLE)
                    && Dropped.of(rows.read(), end - 1)
                            .filter(dropped ->
                                    dropped.end() == end && dropped.base().equals(digest))
                            .isPresent();
            if (!declared) {
                throw new LedgerDamaged(
                        base.fileName(),
                        0,
                        0,
                        "records before " + end + " are missing, and the ledger does not say that they were dropped");
            }
        }

        private OpenedViews openViews(Path directory) throws IOException {
            OpenedViews opened = OpenedViews.open(directory, disk, log.segments());
            try {
                try {
                    restore(opened);
                } catch (RocksDBException e) {
                    opened.views().close();
                    rows.clear();
                    opened = OpenedViews.rebuild(
                            directory, disk, log.segments(), "it cannot be read: " + e.getMessage());
                    restore(opened);
                }
                return opened;
            } catch (RocksDBException e) {
                opened.views().close();
                throw new IOException("the views cannot be read", e);
            } catch (RuntimeException failed) {
                opened.views().close();
                throw failed;
            }
        }

        private void restore(OpenedViews opened) throws RocksDBException {
            opened.views().rows((table, key, value) -> rowsOf(table).restore(key, value));
        }

        private Rows.TableRows<?> rowsOf(String table) {
            return Optional.<Rows.TableRows<?>>ofNullable(byName.get(table))
                    .orElseThrow(() -> new IllegalStateException("the ledger has rows of table " + table
                            + ", which this version of the software does not know"));
        }

        private final class Replay implements CommitCodec.ChangeVisitor {
            @Override
            public void put(String table, String key, byte[] value) {
                rowsOf(table).restore(key, value);
            }

            @Override
            public void delete(String table, String key) {
                rowsOf(table).publish(key, null);
            }
        }

        void abandon() {
            if (views != null) {
                views.views().close();
            }
        }
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public HistoryIndex history() {
        if (indexer == null) {
            throw new IllegalStateException("the store was opened without indexing");
        }
        return new EmbeddedHistory(tail, indexer, ledger::end);
    }

    @Override
    public StoreMetrics metrics() {
        long lag = indexer == null ? 0 : durable.index() - indexer.appliedIndex();
        long free;
        try {
            free = disk.freeBytes();
        } catch (IOException e) {
            LOG.debug("cannot tell how much of the disk is free", e);
            free = 0;
        }
        return new StoreMetrics(
                committer.waiting(),
                committer.lastSyncMicros(),
                lag,
                free,
                committer.refusal(),
                committer.syncMicros(),
                committer.batchCommits());
    }

    @Override
    public long bytesFrom(long index) {
        LogPosition until = durable;
        LogPosition from = segments.nearest(Math.max(ledger.first(), Math.min(index, until.index())));
        if (from.index() >= until.index()) {
            return 0;
        }
        long bytes = 0;
        long segment = from.segment();
        long offset = from.offset();
        while (segment < until.segment()) {
            SegmentHeader next = segments.after(segment).orElseThrow();
            bytes += next.previousEnd() - offset;
            segment = next.number();
            offset = next.start().offset();
        }
        return Math.max(0, bytes + until.offset() - offset);
    }

    /** Segments are packed once two newer ones have begun: then nobody follows closely any more. */
    @Override
    public boolean pack() {
        for (SegmentHeader segment : segments.allBut(SEGMENTS_UNPACKED)) {
            if (!disk.isPacked(segment.fileName())) {
                try {
                    disk.pack(segment.fileName());
                    return true;
                } catch (IOException e) {
                    LOG.warn("segment {} stays as it is: {}", segment.fileName(), e.toString());
                    return false;
                }
            }
        }
        return false;
    }

    @Override
    public OptionalLong retirable(long before, Predicate<LedgerRecord> old) throws IOException {
        long limit = Math.min(before, indexer == null ? Long.MAX_VALUE : indexer.appliedIndex());
        long end = ledger.first();
        int count = 0;
        for (SegmentHeader segment : segments.allBut(SEGMENTS_UNPACKED)) {
            SegmentHeader next = segments.after(segment.number()).orElseThrow();
            boolean goes = count++ < SEGMENTS_RETIRED_MAX
                    && disk.isPacked(segment.fileName())
                    && next.firstIndex() <= limit
                    && isOld(segment, next, old);
            if (!goes) {
                break;
            }
            end = next.firstIndex();
        }
        return end > ledger.first() ? OptionalLong.of(end) : OptionalLong.empty();
    }

    private boolean isOld(SegmentHeader segment, SegmentHeader next, Predicate<LedgerRecord> old) throws IOException {
        try (LogReader reader = new LogReader(disk, segments, WALK_CHUNK_BYTES)) {
            LogPosition at = segment.start();
            for (Optional<LogReader.Frame> frame = reader.next(at, next.start());
                    frame.isPresent();
                    frame = reader.next(at, next.start())) {
                if (!CommitCodec.records(frame.get().payload()).stream().allMatch(old)) {
                    return false;
                }
                at = frame.get().end();
            }
            return true;
        }
    }

    @Override
    public Retired retire(long end, Predicate<LedgerRecord> lasting) throws IOException {
        SegmentHeader kept = segments.beginningAt(end)
                .filter(segment -> segment.number() > segments.first().number())
                .orElseThrow(() -> new IllegalArgumentException("no segment begins with record " + end));
        Foundation base = new Foundation.Maker(disk, segments, kept, lasting).make();
        List<LedgerFiles.Part> parts = new ArrayList<>();
        if (segments.base().isPresent()) {
            Foundation before = segments.base().get();
            parts.add(new LedgerFiles.Part(before.fileName(), before.bytes()));
        }
        for (SegmentHeader segment : goingBefore(kept)) {
            String name = disk.nameBelow(segment.fileName());
            try (Disk.DiskFile file = disk.openBelow(name)) {
                parts.add(new LedgerFiles.Part(name, file.sizeBytes()));
            }
        }
        return new Retired(
                ledger.first(),
                end,
                base.digest(disk),
                new LedgerFiles(end, parts, new LedgerFiles.Copying(disk::openBelow, () -> {})));
    }

    private List<SegmentHeader> goingBefore(SegmentHeader kept) {
        return segments.allBut(0).stream()
                .filter(segment -> segment.number() < kept.number())
                .toList();
    }

    /** First nobody looks for it any more, then it goes; what a crash leaves is removed by the next start. */
    @Override
    public boolean drop(long end) throws IOException {
        Optional<SegmentHeader> kept =
                segments.beginningAt(end).filter(segment -> end > ledger.first() && segment.number() > 0);
        Optional<Foundation> found = kept.isPresent() ? Foundation.before(kept.get(), disk) : Optional.empty();
        if (found.isEmpty() || filesHeld.get() > 0) {
            return false;
        }
        Foundation base = found.get();
        Optional<Foundation> old = segments.base();
        List<SegmentHeader> going = goingBefore(base.kept());
        segments.announce(base);
        if (indexer != null) {
            indexer.drop(base, visitor -> dropped(old, base, visitor));
        }
        synchronized (filesHeld) {
            if (filesHeld.get() > 0) {
                return false;
            }
            segments.beginWith(base);
        }
        // The newest first: a ledger whose segments go back to a hole in them begins with the base.
        for (SegmentHeader segment : going.reversed()) {
            disk.delete(segment.fileName());
        }
        if (old.isPresent()) {
            disk.delete(old.get().fileName());
        }
        return true;
    }

    private void dropped(Optional<Foundation> old, Foundation base, BiConsumer<Long, LedgerRecord> visitor)
            throws IOException {
        Consumer<LogReader.Frame> each = frame -> {
            long index = frame.start().index();
            for (LedgerRecord record : CommitCodec.records(frame.payload())) {
                visitor.accept(index++, record);
            }
        };
        if (old.isPresent()) {
            old.get().read(disk, each);
        }
        Foundation.walk(disk, segments, base.kept(), each);
    }

    @Override
    public Optional<LedgerFiles> files() {
        synchronized (filesHeld) {
            filesHeld.incrementAndGet();
        }
        AtomicBoolean held = new AtomicBoolean(true);
        Runnable release = () -> {
            if (held.getAndSet(false)) {
                filesHeld.decrementAndGet();
            }
        };
        LogPosition until = durable;
        List<LedgerFiles.Part> parts = new ArrayList<>();
        segments.base().ifPresent(base -> parts.add(new LedgerFiles.Part(base.fileName(), base.bytes())));
        Optional<SegmentHeader> at = Optional.of(segments.first());
        while (at.isPresent() && at.get().number() <= until.segment()) {
            SegmentHeader segment = at.get();
            Optional<SegmentHeader> next = segments.after(segment.number());
            // A segment that was begun behind this moment cuts nothing off the one that was the last.
            int end = segment.number() == until.segment()
                    ? until.offset()
                    : next.orElseThrow().previousEnd();
            parts.add(new LedgerFiles.Part(segment.fileName(), end));
            at = next;
        }
        return Optional.of(new LedgerFiles(until.index(), parts, new LedgerFiles.Copying(disk::open, release)));
    }

    /** On the committer's thread; the batch is durable. */
    private void publish(Batch batch, LogPosition end) {
        LogPosition before = durable;
        List<LedgerRecord> records = new ArrayList<>(batch.records());
        for (Commit commit : batch.commits()) {
            commit.changes.forEach(Rows.Prepared::publish);
            records.addAll(commit.records);
        }
        if (indexer != null && !records.isEmpty()) {
            tail.add(before.index(), records);
        }
        segments.mark(end);
        durable = end;
        if (indexer != null) {
            indexer.wake();
        }
    }

    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        committer.close(CLOSE_PATIENCE);
        if (indexer != null) {
            indexer.close(CLOSE_PATIENCE);
        }
        try (lock;
                spares) {
            writer.close();
        } catch (IOException e) {
            LOG.warn("closing the store", e);
        }
    }

    private final class EmbeddedLedger implements Ledger {
        @Override
        public State read() {
            return rows.read();
        }

        @Override
        public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
            if (!(basis instanceof Rows.Reading reading) || !reading.isOf(rows)) {
                throw new IllegalArgumentException("basis was not read from this ledger");
            }
            Optional<String> refusal = committer.refusal();
            if (refusal.isPresent()) {
                throw new LedgerUnavailable(refusal.get());
            }
            // Cheaply known losers need not queue; the committer looks again.
            Optional<Rows.RowName> changed = reading.changed(Map.of());
            if (changed.isPresent()) {
                throw new Conflict(changed.get().toString());
            }
            List<Rows.Prepared<?>> prepared = rows.prepare(changes);
            byte[] payload = changes.isEmpty() && records.isEmpty() ? NOTHING : CommitCodec.encode(changes, records);
            Commit commit = new Commit(reading, prepared, List.copyOf(records), payload, committer.tick());
            committer.submit(commit);
            return commit.await();
        }

        @Override
        public long end() {
            return durable.index();
        }

        @Override
        public long first() {
            return segments.first().firstIndex();
        }

        @Override
        public Cursor records(long index) {
            LogPosition until = durable;
            if (index < first() || index > until.index()) {
                throw new IllegalArgumentException("index " + index + " of " + first() + " to " + until.index());
            }
            return new FrameCursor(disk, segments, index, until);
        }
    }
}
