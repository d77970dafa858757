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
import java.util.Optional;
import java.util.Set;
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
 * {@link HistoryKeys}; value: the frame's place); {@code m} alone (value: {@link Applied}); {@code f} alone (the format);
 * {@code b} alone (the {@link Foundation} that was taken in).
 */
final class Views implements AutoCloseable {
    private static final byte STATE = 's';
    private static final byte[] APPLIED_KEY = {'m'};
    private static final byte[] FORMAT_KEY = {'f'};
    private static final byte[] BASE_KEY = {'b'};
    private static final int BATCH_BYTES_MAX = 4 << 20;

    /** Changes with what is indexed; views of another one are begun anew. 2: request ids. */
    private static final byte[] FORMAT = {2};

    private static final int WRITE_BUFFER_BYTES = 64 << 20;

    /** Sorted runs that a look-up may have to seek in before they are merged. */
    private static final int RUNS_MAX = 8;

    private static final int CACHE_BYTES = 16 << 20;
    private static final int LOG_FILE_BYTES_MAX = 1 << 20;
    private static final int LOG_FILES_MAX = 2;
    private static final int PLACE_BYTES = 12;

    private final HistoryKeys keys = new HistoryKeys();
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
            base.read(disk, frame -> {
                if (state) {
                    CommitCodec.visitChanges(frame.payload(), out);
                }
                long index = frame.start().index();
                for (LedgerRecord record : CommitCodec.records(frame.payload())) {
                    keys.lasting(index, record, key -> out.put(key, place(frame.start())));
                }
            });
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
            dropped.each((index, record) -> {
                if (carried.contains(index)) {
                    keys.forgettable(index, record, out::delete);
                } else if (HistoryIndex.shows(record)) {
                    keys.of(index, record, out::delete);
                }
            });
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

    private static byte[] place(LogPosition frame) {
        return ByteBuffer.allocate(PLACE_BYTES)
                .putLong(frame.segment())
                .putInt(frame.offset())
                .array();
    }

    /** Collects frames and writes them in one act. One thread. */
    final class Writing implements AutoCloseable, CommitCodec.ChangeVisitor {
        private final WriteBatch batch = new WriteBatch();

        /** Put in sorted order, which RocksDB's memory table takes several times faster. */
        private final List<HistoryEntry> history = new ArrayList<>();

        private @Nullable RocksDBException failure;
        private LogReader.@Nullable Frame last;

        void add(LogReader.Frame frame) {
            CommitCodec.visitChanges(frame.payload(), this);
            long index = frame.start().index();
            byte[] place = place(frame.start());
            for (LedgerRecord record : CommitCodec.records(frame.payload())) {
                if (HistoryIndex.shows(record)) {
                    keys.of(index, record, key -> history.add(new HistoryEntry(key, place)));
                }
                index++;
            }
            last = frame;
        }

        long bytes() {
            return batch.getDataSize() + (long) history.size() * (HistoryKeys.BYTES + PLACE_BYTES);
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
            history.sort(HistoryEntry.BY_KEY);
            history.forEach(entry -> put(entry.key, entry.place));
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

    private static final class HistoryEntry {
        private static final Comparator<HistoryEntry> BY_KEY =
                (one, other) -> Arrays.compareUnsigned(one.key, other.key);

        private final byte[] key;
        private final byte[] place;

        HistoryEntry(byte[] key, byte[] place) {
            this.key = key;
            this.place = place;
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
        byte[] first = keys.first(lookup);
        try (ReadOptions read = new ReadOptions();
                RocksIterator entries = db.newIterator(read)) {
            for (entries.seek(first); entries.isValid(); entries.next()) {
                byte[] key = entries.key();
                if (!isSameShelf(first, key)) {
                    break;
                }
                HistoryIndex.Position position = HistoryKeys.position(key);
                if (position.eventTimeSeconds() < lookup.fromSecond()) {
                    break;
                }
                if (!Tail.isBehind(lookup, position)) {
                    continue;
                }
                fetched(entries, fetch)
                        .filter(lookup::accepts)
                        .ifPresent(record -> found.add(new HistoryIndex.Found(position.index(), record)));
                if (found.size() > lookup.limit()) {
                    break;
                }
            }
            entries.status();
        }
        return found;
    }

    /** See {@link HistoryIndex#forget}. Walks from shelf to shelf, and on each only over what is too old. */
    int forget(ToLongFunction<String> earliestSecond, int most, Fetch fetch) throws RocksDBException, IOException {
        int forgotten = 0;
        try (ReadOptions read = new ReadOptions().setFillCache(false);
                RocksIterator shelves = db.newIterator(read);
                WriteBatch batch = new WriteBatch()) {
            Optional<byte[]> at = Optional.of(new byte[] {HistoryKeys.KIND});
            while (at.isPresent() && forgotten < most) {
                shelves.seek(at.get());
                if (!shelves.isValid() || shelves.key()[0] != HistoryKeys.KIND) {
                    break;
                }
                byte[] first = shelves.key();
                if (!HistoryKeys.isOfAll(first)) {
                    // Nothing but what outlives its retention is left there.
                    at = HistoryKeys.nextShelf(first);
                    continue;
                }
                Optional<LedgerRecord> newest = fetched(shelves, fetch);
                if (newest.isEmpty()) {
                    db.delete(writeOptions, first);
                    forgotten++;
                    continue;
                }
                String account = newest.get().account();
                byte[] old = HistoryKeys.before(first, earliestSecond.applyAsLong(account));
                for (shelves.seek(old); forgotten < most && shelves.isValid(); shelves.next()) {
                    byte[] key = shelves.key();
                    if (!isSameShelf(old, key)) {
                        break;
                    }
                    Optional<LedgerRecord> record = fetched(shelves, fetch);
                    if (record.isEmpty()) {
                        delete(batch, key);
                        forgotten++;
                    } else if (record.get().account().equals(account)) {
                        keys.forgettable(HistoryKeys.position(key).index(), record.get(), each -> delete(batch, each));
                        forgotten++;
                    }
                }
                at = HistoryKeys.nextShelf(first);
            }
            shelves.status();
            db.write(writeOptions, batch);
        }
        return forgotten;
    }

    private static void delete(WriteBatch batch, byte[] key) {
        try {
            batch.delete(key);
        } catch (RocksDBException e) {
            throw new IllegalStateException("a batch in memory took no more", e);
        }
    }

    private static Optional<LedgerRecord> fetched(RocksIterator at, Fetch fetch) throws IOException {
        ByteBuffer place = ByteBuffer.wrap(at.value());
        return fetch.record(
                place.getLong(), place.getInt(), HistoryKeys.position(at.key()).index());
    }

    private static boolean isSameShelf(byte[] one, byte[] other) {
        return other.length == HistoryKeys.BYTES
                && Arrays.equals(one, 0, HistoryKeys.PREFIX_BYTES, other, 0, HistoryKeys.PREFIX_BYTES);
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
