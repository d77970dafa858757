package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * What is derived from the ledger and kept in RocksDB: state rows, so that a start need not read the whole ledger, and
 * the history index. Each write also says up to which frame the ledger has been taken in; RocksDB's own log is not
 * synced, so a crash may set all of it back together, and the ledger is read again from there.
 *
 * <p>Called from platform threads only, for native code pins a virtual thread's carrier. One thread writes, any number
 * reads, and nobody may be inside when it is closed.
 *
 * <p>Keys begin with their kind: {@code s}, table, zero, key (value: the coded row); {@code h} (see
 * {@link HistoryKeys} and {@link HistoryChunk}); {@code m} alone (value: {@link Applied}); {@code f} alone (the format);
 * {@code b} alone (the {@link Foundation} that was taken in).
 */
final class Views implements AutoCloseable {
    private static final byte STATE = 's';
    private static final byte[] APPLIED_KEY = {'m'};
    private static final byte[] FORMAT_KEY = {'f'};
    private static final byte[] BASE_KEY = {'b'};
    private static final int BATCH_BYTES_MAX = 4 << 20;

    /** Changes with what is indexed; views of another one are begun anew. 2: request ids. 3: chunks of neighbours. */
    private static final byte[] FORMAT = {3};

    /** So small because most of an event's cost here is two searches, for its ids, in what is not written out yet. */
    private static final int WRITE_BUFFER_BYTES = 16 << 20;

    /** Sorted runs that a look-up may have to seek in before they are merged. */
    private static final int RUNS_MAX = 8;

    private static final int CACHE_BYTES = 16 << 20;
    private static final int LOG_FILE_BYTES_MAX = 1 << 20;
    private static final int LOG_FILES_MAX = 2;

    /** What an entry is taken for while a batch fills, and how many are changed in one act. */
    private static final int ENTRY_BYTES = 45;

    private static final int EDITS_MAX = 100_000;

    private final HistoryKeys keys = new HistoryKeys();

    /** Held while chunks are read to be changed: whoever forgets may meet whoever drops. */
    private final ReentrantLock editing = new ReentrantLock();

    private final LRUCache cache;
    private final Options options;
    private final WriteOptions writeOptions = new WriteOptions().setSync(false);
    private final RocksDB db;

    private Views(Path directory, boolean readOnly) throws RocksDBException {
        cache = new LRUCache(CACHE_BYTES);
        options = new Options()
                .setCreateIfMissing(true)
                .setWriteBufferSize(WRITE_BUFFER_BYTES)
                .setMaxBackgroundJobs(2)
                // Keys of one attribute come in order and those of different ones are far apart, so levels would be
                // rewritten whole again and again: merging runs of like size writes several times less.
                .setCompactionStyle(CompactionStyle.UNIVERSAL)
                .setLevel0FileNumCompactionTrigger(RUNS_MAX)
                .setBytesPerSync(1 << 20)
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(LOG_FILE_BYTES_MAX)
                .setKeepLogFileNum(LOG_FILES_MAX)
                .setStatsDumpPeriodSec(0)
                .setTableFormatConfig(new BlockBasedTableConfig().setBlockCache(cache));
        try {
            db = readOnly
                    ? RocksDB.openReadOnly(options, directory.toString())
                    : RocksDB.open(options, directory.toString());
        } catch (RocksDBException | RuntimeException failed) {
            writeOptions.close();
            options.close();
            cache.close();
            throw failed;
        }
    }

    static Views open(Path directory) throws IOException, RocksDBException {
        RocksDB.loadLibrary();
        FileDisk.createDirectory(directory);
        return new Views(directory, false);
    }

    /** Changes nothing in the directory. Empty where there are none. */
    static Optional<Views> openReadOnly(Path directory) throws RocksDBException {
        if (!Files.exists(directory.resolve("CURRENT"))) {
            return Optional.empty();
        }
        RocksDB.loadLibrary();
        return Optional.of(new Views(directory, true));
    }

    static void destroy(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> all;
        try (Stream<Path> files = Files.walk(directory)) {
            all = files.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : all) {
            Files.delete(file);
        }
    }

    /** The last frame that the views have taken in. */
    record Applied(long segment, int offset, int crc) {
        private byte[] encode() {
            return ByteBuffer.allocate(Long.BYTES + 2 * Integer.BYTES)
                    .putLong(segment)
                    .putInt(offset)
                    .putInt(crc)
                    .array();
        }

        private static Applied decode(byte[] bytes) {
            ByteBuffer in = ByteBuffer.wrap(bytes);
            return new Applied(in.getLong(), in.getInt(), in.getInt());
        }
    }

    boolean isOfThisFormat() throws RocksDBException {
        return Arrays.equals(db.get(FORMAT_KEY), FORMAT);
    }

    Optional<Applied> applied() throws RocksDBException {
        return Optional.ofNullable(db.get(APPLIED_KEY)).map(Applied::decode);
    }

    /** Meets every state row, coded. */
    interface RowVisitor {
        void row(String table, String key, byte[] value);
    }

    void rows(RowVisitor visitor) throws RocksDBException {
        try (ReadOptions read = new ReadOptions().setFillCache(false).setReadaheadSize(1 << 20);
                RocksIterator rows = db.newIterator(read)) {
            for (rows.seek(new byte[] {STATE}); rows.isValid(); rows.next()) {
                byte[] key = rows.key();
                if (key[0] != STATE) {
                    break;
                }
                int zero = 1;
                while (key[zero] != 0) {
                    zero++;
                }
                visitor.row(
                        new String(key, 1, zero - 1, StandardCharsets.UTF_8),
                        new String(key, zero + 1, key.length - zero - 1, StandardCharsets.UTF_8),
                        rows.value());
            }
            rows.status();
        }
    }

    boolean knows(Foundation base) throws RocksDBException {
        return Arrays.equals(db.get(BASE_KEY), number(base));
    }

    private static byte[] number(Foundation base) {
        return ByteBuffer.allocate(Long.BYTES).putLong(base.kept().number()).array();
    }

    /**
     * Takes in what the dropped records came to: the records that outlive history, under their new place.
     *
     * @param state whether the rows too, into views that have none
     */
    void take(Foundation base, Disk disk, boolean state) throws RocksDBException, IOException {
        try (Portions out = new Portions()) {
            HistoryEdits moved = new HistoryEdits();
            base.read(disk, frame -> {
                if (state) {
                    CommitCodec.visitChanges(frame.payload(), out);
                }
                long index = frame.start().index();
                for (LedgerRecord record : CommitCodec.records(frame.payload())) {
                    keys.lasting(index, record, frame.start(), moved::put);
                    moved.bound(out);
                }
            });
            moved.apply(out);
            out.put(BASE_KEY, number(base));
            out.put(FORMAT_KEY, FORMAT);
            out.write();
        }
    }

    /** Walks records with their indexes. */
    interface Records {
        void each(BiConsumer<Long, LedgerRecord> visitor) throws IOException;
    }

    /** Points to nothing of what is dropped any more, but for what a base that was taken in carries on. */
    void drop(Foundation base, Disk disk, Records dropped) throws RocksDBException, IOException {
        Set<Long> carried = new HashSet<>();
        base.read(disk, frame -> {
            if (frame.header().records() > 0) {
                carried.add(frame.start().index());
            }
        });
        try (Portions out = new Portions()) {
            HistoryEdits gone = new HistoryEdits();
            dropped.each((index, record) -> {
                if (carried.contains(index)) {
                    keys.forgettable(index, record, gone::remove);
                } else if (HistoryIndex.shows(record)) {
                    keys.of(index, record, gone::remove);
                }
                gone.bound(out);
            });
            gone.apply(out);
            out.write();
        }
    }

    /** Writes as it comes, in bounded portions. */
    private final class Portions implements AutoCloseable, CommitCodec.ChangeVisitor {
        private final WriteBatch batch = new WriteBatch();

        void put(byte[] key, byte[] value) {
            try {
                batch.put(key, value);
                bound();
            } catch (RocksDBException e) {
                throw new IllegalStateException("the views cannot be written", e);
            }
        }

        void delete(byte[] key) {
            try {
                batch.delete(key);
                bound();
            } catch (RocksDBException e) {
                throw new IllegalStateException("the views cannot be written", e);
            }
        }

        /** In one act: between the two, a crash would lose what stays. */
        void replace(byte[] old, byte[] key, byte[] value) {
            try {
                batch.delete(old);
                batch.put(key, value);
                bound();
            } catch (RocksDBException e) {
                throw new IllegalStateException("the views cannot be written", e);
            }
        }

        private void bound() throws RocksDBException {
            if (batch.getDataSize() > BATCH_BYTES_MAX) {
                write();
            }
        }

        void write() throws RocksDBException {
            db.write(writeOptions, batch);
            batch.clear();
        }

        @Override
        public void put(String table, String key, byte[] value) {
            put(stateKey(table, key), value);
        }

        @Override
        public void delete(String table, String key) {
            delete(stateKey(table, key));
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    /**
     * Changes of entries that may lie within chunks: each chunk is read, changed and written back. What was put and is
     * not there yet becomes a chunk of its own. One thread; only one applies at a time.
     */
    private final class HistoryEdits {
        /** Whether the entry, whose place counts, is to be there from then on. */
        private final NavigableMap<HistoryEntry, Boolean> edits = new TreeMap<>(HistoryEntry.ORDER);

        void put(HistoryEntry entry) {
            edits.put(entry, true);
        }

        void remove(HistoryEntry entry) {
            edits.put(entry, false);
        }

        void bound(Portions out) {
            if (edits.size() >= EDITS_MAX) {
                apply(out);
            }
        }

        void apply(Portions out) {
            editing.lock();
            try (ReadOptions read = new ReadOptions().setFillCache(false);
                    RocksIterator chunks = db.newIterator(read)) {
                while (!edits.isEmpty()) {
                    applyToList(edits.firstKey(), chunks, out);
                }
                out.write(); // before anybody else reads the chunks to change them
            } catch (RocksDBException e) {
                throw new IllegalStateException("the views cannot be changed", e);
            } finally {
                editing.unlock();
            }
        }

        private void applyToList(HistoryEntry first, RocksIterator chunks, Portions out) throws RocksDBException {
            HistoryEntry listEnd = new HistoryEntry(first.shelf(), first.match(), Long.MIN_VALUE, Long.MIN_VALUE, 0, 0);
            NavigableMap<HistoryEntry, Boolean> list = edits.headMap(listEnd, true);
            HistoryEntry last = list.lastKey();
            for (chunks.seek(HistoryWalk.begin(first));
                    chunks.isValid() && HistoryKeys.isOne(chunks.key()) && !list.isEmpty();
                    chunks.next()) {
                byte[] key = chunks.key();
                HistoryEntry newest = HistoryKeys.entry(key, 0, 0);
                if (!newest.isOfListOf(first) || HistoryEntry.ORDER.compare(newest, last) > 0) {
                    break;
                }
                rewrite(key, HistoryChunk.decode(key, chunks.value()), list, out);
            }
            chunks.status();
            list.forEach((entry, stays) -> {
                if (stays) {
                    out.put(entry.key(), HistoryChunk.encode(List.of(entry)));
                }
            });
            list.clear();
        }

        private void rewrite(
                byte[] key, List<HistoryEntry> chunk, NavigableMap<HistoryEntry, Boolean> list, Portions out) {
            List<HistoryEntry> kept = new ArrayList<>(chunk.size());
            boolean changed = false;
            for (HistoryEntry entry : chunk) {
                Map.Entry<HistoryEntry, Boolean> edit = list.floorEntry(entry);
                if (edit == null || HistoryEntry.ORDER.compare(edit.getKey(), entry) != 0) {
                    kept.add(entry);
                    continue;
                }
                changed = true;
                if (edit.getValue()) {
                    kept.add(edit.getKey());
                }
                list.remove(edit.getKey());
            }
            if (!changed) {
                return;
            }
            if (kept.isEmpty()) {
                out.delete(key);
            } else {
                out.replace(key, kept.getFirst().key(), HistoryChunk.encode(kept));
            }
        }
    }

    /** Collects frames and writes them in one act. One thread. */
    final class Writing implements AutoCloseable, CommitCodec.ChangeVisitor {
        private final WriteBatch batch = new WriteBatch();

        /** Put in sorted order, neighbours together: each key costs RocksDB's memory table a search. */
        private final List<HistoryEntry> history = new ArrayList<>();

        private @Nullable RocksDBException failure;
        private LogReader.@Nullable Frame last;

        void add(LogReader.Frame frame) {
            CommitCodec.visitChanges(frame.payload(), this);
            long index = frame.start().index();
            for (LedgerRecord record : CommitCodec.records(frame.payload())) {
                if (HistoryIndex.shows(record)) {
                    keys.of(index, record, frame.start(), history::add);
                }
                index++;
            }
            last = frame;
        }

        long bytes() {
            return batch.getDataSize() + (long) history.size() * ENTRY_BYTES;
        }

        void commit() throws RocksDBException {
            LogReader.Frame frame = last;
            if (frame == null) {
                return;
            }
            Applied applied = new Applied(
                    frame.start().segment(),
                    frame.start().offset(),
                    frame.header().crc());
            HistoryEntry.sort(history);
            for (int at = 0; at < history.size(); ) {
                int length = HistoryChunk.length(history, at);
                put(history.get(at).key(), HistoryChunk.encode(history.subList(at, at + length)));
                at += length;
            }
            history.clear();
            put(APPLIED_KEY, applied.encode());
            put(FORMAT_KEY, FORMAT);
            if (failure != null) {
                throw failure;
            }
            db.write(writeOptions, batch);
            batch.clear();
            last = null;
        }

        @Override
        public void put(String table, String key, byte[] value) {
            put(stateKey(table, key), value);
        }

        @Override
        public void delete(String table, String key) {
            try {
                batch.delete(stateKey(table, key));
            } catch (RocksDBException e) {
                failure = e;
            }
        }

        private void put(byte[] key, byte[] value) {
            try {
                batch.put(key, value);
            } catch (RocksDBException e) {
                failure = e;
            }
        }

        @Override
        public void close() {
            batch.close();
        }
    }

    private static byte[] stateKey(String table, String key) {
        byte[] tableBytes = table.getBytes(StandardCharsets.UTF_8);
        byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(tableBytes.length + keyBytes.length + 2)
                .put(STATE)
                .put(tableBytes)
                .put((byte) 0)
                .put(keyBytes)
                .array();
    }

    /** Fetches the record that the index points to; empty when it was dropped. */
    interface Fetch {
        Optional<LedgerRecord> record(long segment, int offset, long index) throws IOException;
    }

    /** The look-up's first events, one more than its limit if there are so many. */
    List<HistoryIndex.Found> find(HistoryIndex.Lookup lookup, Fetch fetch) throws RocksDBException, IOException {
        List<HistoryIndex.Found> found = new ArrayList<>();
        try (ReadOptions read = new ReadOptions();
                RocksIterator chunks = db.newIterator(read)) {
            HistoryWalk list = new HistoryWalk(chunks, keys.first(lookup));
            Optional<HistoryEntry> next = list.next();
            while (next.isPresent() && next.get().seconds() >= lookup.fromSecond() && found.size() <= lookup.limit()) {
                HistoryEntry entry = next.get();
                if (Tail.isBehind(lookup, new HistoryIndex.Position(entry.seconds(), entry.index()))) {
                    fetched(entry, fetch)
                            .filter(lookup::accepts)
                            .ifPresent(record -> found.add(new HistoryIndex.Found(entry.index(), record)));
                }
                next = list.next();
            }
        }
        return found;
    }

    /** See {@link HistoryIndex#forget}. Walks from shelf to shelf, and on each only over what is too old. */
    int forget(ToLongFunction<String> earliestSecond, int most, Fetch fetch) throws RocksDBException, IOException {
        int forgotten = 0;
        try (ReadOptions read = new ReadOptions().setFillCache(false);
                RocksIterator shelves = db.newIterator(read);
                Portions out = new Portions()) {
            HistoryEdits gone = new HistoryEdits();
            Optional<byte[]> at = Optional.of(new byte[] {HistoryKeys.KIND});
            while (at.isPresent() && forgotten < most) {
                shelves.seek(at.get());
                if (!shelves.isValid() || !HistoryKeys.isOne(shelves.key())) {
                    break;
                }
                HistoryEntry first =
                        HistoryChunk.decode(shelves.key(), shelves.value()).getFirst();
                at = HistoryKeys.nextShelf(first);
                // Otherwise nothing but what outlives its retention is left there.
                if (HistoryKeys.isOfAll(first)) {
                    forgotten += forget(first, earliestSecond, most - forgotten, fetch, shelves, gone);
                }
            }
            shelves.status();
            gone.apply(out);
        }
        return forgotten;
    }

    private int forget(
            HistoryEntry newest,
            ToLongFunction<String> earliestSecond,
            int most,
            Fetch fetch,
            RocksIterator chunks,
            HistoryEdits gone)
            throws RocksDBException, IOException {
        int forgotten = 0;
        HistoryWalk all = new HistoryWalk(chunks, newest);
        Optional<HistoryEntry> next = all.next();
        Optional<LedgerRecord> known = Optional.empty();
        // Of records that were dropped, nobody can say whose they were.
        while (next.isPresent() && known.isEmpty() && forgotten < most) {
            known = fetched(next.get(), fetch);
            if (known.isEmpty()) {
                gone.remove(next.get());
                forgotten++;
                next = all.next();
            }
        }
        if (known.isEmpty()) {
            return forgotten;
        }
        String account = known.get().account();
        HistoryWalk old = new HistoryWalk(chunks, HistoryKeys.before(newest, earliestSecond.applyAsLong(account)));
        for (next = old.next(); forgotten < most && next.isPresent(); next = old.next()) {
            Optional<LedgerRecord> record = fetched(next.get(), fetch);
            if (record.isEmpty()) {
                gone.remove(next.get());
                forgotten++;
            } else if (record.get().account().equals(account)) {
                keys.forgettable(next.get().index(), record.get(), gone::remove);
                forgotten++;
            }
        }
        return forgotten;
    }

    private static Optional<LedgerRecord> fetched(HistoryEntry entry, Fetch fetch) throws IOException {
        return fetch.record(entry.segment(), entry.offset(), entry.index());
    }

    /** Writes what is in memory into files, so that the next start has no log to replay. */
    void flush() throws RocksDBException {
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            db.flush(wait);
        }
    }

    @Override
    public void close() {
        db.close();
        writeOptions.close();
        options.close();
        cache.close();
    }
}
