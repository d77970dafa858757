package dev.keytrail.store;

import dev.keytrail.audit.chain.Declaration;
import dev.keytrail.audit.chain.LeafSource;
import dev.keytrail.audit.chain.LogVerifier.Finding;
import dev.keytrail.audit.chain.LogVerifier.Kind;
import dev.keytrail.audit.chain.TreeHasher;
import dev.keytrail.call.Bytes;
import dev.keytrail.store.Disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiConsumer;
import org.rocksdb.RocksDBException;

/**
 * Reads the whole ledger of a stopped store for verification, changing nothing: segments on all cores, their results in
 * order. Gives the leaves of the log; on the way it checks every frame, and at the end holds the state that the ledger's
 * changes come to against the one that the views serve.
 */
public final class LedgerScan implements LeafSource, AutoCloseable {
    /** Records that may be missing at the start. */
    private static final long GAP_MAX = 32L << 20;

    private static final int FINDINGS_MAX = 10_000;

    private final DirectoryLock lock;
    private final Path ledger;
    private final Disk disk;
    private final Iterator<SegmentHeader> toRead;
    private final Deque<Future<SegmentScan>> reading = new ArrayDeque<>();
    private final ExecutorService pool;
    private final int ahead;
    private final List<SegmentHeader> segments;
    private final List<Finding> findings = new ArrayList<>();
    private final Map<String, byte[]> state = new HashMap<>();
    private final Map<String, byte[]> served = new HashMap<>();
    private Optional<Views.Applied> applied = Optional.empty();
    private boolean compared;
    private long records;
    private final Optional<Foundation> base;
    private Optional<Bytes> baseDigest = Optional.empty();
    private final NavigableMap<Long, Declaration> declarations = new TreeMap<>();

    private LedgerScan(
            DirectoryLock lock,
            Path ledger,
            Disk disk,
            List<SegmentHeader> segments,
            Optional<Foundation> base,
            int threads) {
        this.base = base;
        this.lock = lock;
        this.ledger = ledger;
        this.disk = disk;
        this.segments = List.copyOf(segments);
        this.toRead = segments.iterator();
        this.pool = Executors.newFixedThreadPool(
                threads, Thread.ofPlatform().name("scan-", 0).daemon(true).factory());
        this.ahead = threads + 1;
    }

    /**
     * @param store the store's directory
     * @throws IOException when it is in use, or there is no ledger that could be read
     */
    public static LedgerScan open(Path store, int threads) throws IOException {
        return open(store, List.of(), threads);
    }

    /**
     * With records that were dropped and archived.
     *
     * @param archives folders of archived segments, or of such folders
     */
    public static LedgerScan open(Path store, List<Path> archives, int threads) throws IOException {
        DirectoryLock lock = DirectoryLock.take(store);
        try {
            Path ledger = store.resolve("ledger");
            List<Finding> missing = new ArrayList<>();
            if (!Files.isDirectory(ledger)) {
                throw new IOException("there is no ledger in " + ledger);
            }
            Disk disk = new PackedDisk(ReadOnlyDisk.of(ledger, archives), true);
            List<SegmentHeader> segments = new ArrayList<>();
            Optional<Foundation> base = link(ledger, disk, segments, missing);
            LedgerScan scan = new LedgerScan(lock, ledger, disk, segments, base, threads);
            scan.findings.addAll(missing);
            scan.readBase();
            scan.readViews(store.resolve("views"));
            return scan;
        } catch (IOException | RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    /**
     * The chain of segments, oldest first: backwards from the newest, as far as it goes.
     *
     * @return what stands for what was before, if the chain ends with one that has such
     */
    static Optional<Foundation> link(Path ledger, Disk disk, List<SegmentHeader> chain, List<Finding> missing)
            throws IOException {
        TreeMap<Long, SegmentHeader> known = new TreeMap<>();
        for (String name : disk.list()) {
            if (SegmentHeader.numberOf(name).isPresent()) {
                header(disk, name).ifPresent(header -> known.put(header.number(), header));
            }
        }
        if (known.isEmpty()) {
            throw new IOException("there is no segment of a ledger in " + ledger);
        }
        SegmentHeader at = known.lastEntry().getValue();
        chain.addFirst(at);
        while (at.previous() != SegmentHeader.NO_PREVIOUS) {
            SegmentHeader previous = known.get(at.previous());
            Optional<Foundation> base = previous == null ? Foundation.before(at, disk) : Optional.empty();
            if (base.isPresent()) {
                return base;
            }
            if (previous == null) {
                Map.Entry<Long, SegmentHeader> older = known.lowerEntry(at.previous());
                previous = older == null ? null : older.getValue();
                missing.add(new Finding(
                        Kind.DAMAGED,
                        previous == null ? 0 : previous.firstIndex(),
                        at.firstIndex() - 1,
                        "segment " + SegmentHeader.fileName(at.previous())
                                + " is missing or has no header; the first of these records are in the one before"));
                if (previous == null) {
                    break;
                }
            }
            chain.addFirst(previous);
            at = previous;
        }
        return Optional.empty();
    }

    /** What the records before the first came to; from there on changes are counted. */
    private void readBase() throws IOException {
        if (base.isEmpty()) {
            return;
        }
        records = base.get().kept().firstIndex();
        baseDigest = Optional.of(base.get().digest(disk));
        try {
            base.get().read(disk, frame -> CommitCodec.visitChanges(frame.payload(), new StateChanges(state)));
        } catch (LedgerDamaged damaged) {
            findings.add(new Finding(Kind.DAMAGED, 0, Math.max(0, records - 1), damaged.toString()));
        }
    }

    @Override
    public long first() {
        return base.map(known -> known.kept().firstIndex()).orElse(0L);
    }

    @Override
    public Optional<Bytes> base() {
        return baseDigest;
    }

    @Override
    public NavigableMap<Long, Declaration> declarations() {
        return Collections.unmodifiableNavigableMap(declarations);
    }

    /** Applies changes to coded rows. */
    record StateChanges(Map<String, byte[]> state) implements CommitCodec.ChangeVisitor {
        @Override
        public void put(String table, String key, byte[] value) {
            state.put(name(table, key), value);
        }

        @Override
        public void delete(String table, String key) {
            state.remove(name(table, key));
        }
    }

    /** Empty for a segment that was never begun, and for one whose beginning cannot be read. */
    private static Optional<SegmentHeader> header(Disk disk, String name) {
        ByteBuffer bytes = ByteBuffer.allocate(SegmentHeader.BYTES);
        try (DiskFile file = disk.open(name)) {
            while (bytes.hasRemaining() && file.read(bytes, bytes.position()) > 0) {
                // A read may give less than asked for.
            }
        } catch (IOException _) {
            return Optional.empty();
        }
        return SegmentHeader.decode(bytes.array());
    }

    private void readViews(Path directory) throws IOException {
        try {
            Optional<Views> views = Views.openReadOnly(directory);
            if (views.isPresent()) {
                try (Views open = views.get()) {
                    applied = open.applied();
                    open.rows((table, key, value) -> served.put(name(table, key), value));
                }
            }
        } catch (RocksDBException e) {
            findings.add(new Finding(Kind.STATE_DIFFERS, 0, 0, "the views cannot be read: " + e.getMessage()));
        }
        // Views that a crash has set back behind what was dropped since are made anew by the next start.
        compared = applied.isEmpty()
                || base.filter(known -> applied.get().segment() < known.kept().number())
                        .isPresent();
    }

    static String name(String table, String key) {
        return table + '\0' + key;
    }

    @Override
    public Optional<Block> next() throws IOException {
        while (reading.size() < ahead && toRead.hasNext()) {
            SegmentHeader header = toRead.next();
            Optional<SegmentHeader> behind = segments.stream()
                    .filter(other -> other.previous() == header.number())
                    .findFirst();
            Callable<SegmentScan> scan = () -> SegmentScan.of(ledger, disk, header, behind);
            reading.add(pool.submit(scan));
        }
        Future<SegmentScan> first = reading.poll();
        if (first == null) {
            compare(); // Views behind an end that they have not seen: nothing more can come.
            return Optional.empty();
        }
        SegmentScan scan = wait(first);
        long gap = scan.header.firstIndex() - records;
        if (gap < 0 || gap > GAP_MAX) {
            findings.add(new Finding(
                    Kind.DAMAGED,
                    records,
                    records,
                    "segment " + scan.header.fileName() + " begins with record " + scan.header.firstIndex() + " where "
                            + records + " belongs; nothing behind was read"));
            reading.clear();
            compared = true;
            return Optional.empty();
        }
        byte[] hashes = scan.hashes();
        if (gap > 0) { // segments are missing before the first
            byte[] all = new byte[Math.toIntExact(gap * TreeHasher.HASH_BYTES) + hashes.length];
            System.arraycopy(hashes, 0, all, all.length - hashes.length, hashes.length);
            hashes = all;
        }
        take(scan);
        Block block = new Block(records, hashes);
        records += block.count();
        return Optional.of(block);
    }

    private static SegmentScan wait(Future<SegmentScan> scan) throws IOException {
        try {
            return scan.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (ExecutionException e) {
            throw new IOException("a segment cannot be read: " + e.getCause(), e);
        }
    }

    private void take(SegmentScan scan) {
        for (SegmentScan.Damage damage : scan.damages) {
            if (findings.size() < FINDINGS_MAX) {
                findings.add(new Finding(
                        Kind.DAMAGED,
                        damage.fromIndex(),
                        damage.toIndex(),
                        "segment " + scan.header.fileName() + ", offset " + damage.offset() + ": " + damage.what()));
            }
        }
        scan.declarations.forEach((index, json) ->
                Declaration.parse(json).ifPresent(declaration -> declarations.put(index, declaration)));
        compareWithBase(scan.header);
        for (SegmentScan.Changes changes : scan.changes) {
            if (!compared && isBehindViews(scan.header.number(), changes.frameOffset)) {
                compare();
            }
            CommitCodec.visitChanges(changes.coded, new StateChanges(state));
        }
    }

    /** Where an archive has what was dropped, the state that is kept of it is held against it. */
    private void compareWithBase(SegmentHeader segment) {
        try {
            Optional<Foundation> known =
                    segment.firstIndex() > 0 && base.isEmpty() ? Foundation.before(segment, disk) : Optional.empty();
            if (known.isPresent()) {
                Map<String, byte[]> kept = new HashMap<>();
                known.get().read(disk, frame -> CommitCodec.visitChanges(frame.payload(), new StateChanges(kept)));
                compare(kept, "kept of dropped records");
            }
        } catch (LedgerDamaged | IOException damaged) {
            findings.add(new Finding(Kind.DAMAGED, 0, Math.max(0, segment.firstIndex() - 1), damaged.toString()));
        }
    }

    private boolean isBehindViews(long segment, int offset) {
        Views.Applied last = applied.orElseThrow();
        return segment > last.segment() || (segment == last.segment() && offset > last.offset());
    }

    private void compare() {
        if (compared) {
            return;
        }
        compared = true;
        compare(served, "served");
    }

    private void compare(Map<String, byte[]> there, String how) {
        there.forEach((name, value) -> {
            byte[] expected = state.get(name);
            if (!Arrays.equals(expected, value)) {
                differs(name, expected == null ? "is " + how + " and was never written, or was deleted" : "is another");
            }
        });
        state.keySet().stream().filter(name -> !there.containsKey(name)).forEach(name -> differs(name, "is missing"));
    }

    private void differs(String name, String how) {
        if (findings.size() < FINDINGS_MAX) {
            String[] parts = name.split("\0", 2);
            findings.add(new Finding(
                    Kind.STATE_DIFFERS,
                    0,
                    Math.max(0, records - 1),
                    "row " + parts[1] + " of " + parts[0] + " " + how));
        }
    }

    /** Whether there was a served state to hold against the ledger's. */
    public boolean hasViews() {
        return applied.isPresent();
    }

    /** Rows of the state after the last change: table, key, coded value. When all is read. */
    public void state(String table, BiConsumer<String, byte[]> rows) {
        String prefix = name(table, "");
        state.forEach((name, value) -> {
            if (name.startsWith(prefix)) {
                rows.accept(name.substring(prefix.length()), value);
            }
        });
    }

    public int rows() {
        return state.size();
    }

    /** What was found that is not as it was written. When all is read. */
    public List<Finding> findings() {
        return List.copyOf(findings);
    }

    @Override
    public void close() throws IOException {
        pool.shutdownNow();
        lock.close();
    }
}
