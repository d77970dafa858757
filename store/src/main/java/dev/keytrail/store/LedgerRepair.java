package dev.keytrail.store;

import dev.keytrail.audit.chain.Declaration;
import dev.keytrail.audit.chain.LogVerifier.Finding;
import dev.keytrail.audit.chain.LostRecord;
import dev.keytrail.audit.chain.TreeHasher;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.rocksdb.RocksDBException;

/**
 * A way on for a stopped store whose ledger is damaged. What is intact is kept, at its own index; each record that is not
 * gets a {@link LostRecord} in its place. The state is the one that was served, where that can still be read; else what the
 * intact changes come to. A record of the repair is the first behind it all.
 *
 * <p>Nothing is edited: a new ledger is written beside the damaged one, then they change places, and the damaged files stay.
 * For one run by one thread.
 */
public final class LedgerRepair implements AutoCloseable {
    private static final String LEDGER = "ledger";
    private static final String VIEWS = "views";
    private static final String COMING = "ledger.repair";
    private static final int SEGMENT_BYTES = 64 << 20;
    private static final int PORTION_BYTES = 1 << 20;
    private static final int LOST_PER_FRAME = 1000;

    private final DirectoryLock lock;
    private final Path store;
    private final Leaves signed;
    private final Path ledger;
    private final Disk disk;
    private final List<SegmentHeader> segments = new ArrayList<>();
    private final List<Finding> missing = new ArrayList<>();
    private final Optional<Foundation> base;

    /** What the log knows of the records: the hashes that were signed. */
    public interface Leaves {
        /** So many were signed. */
        long size();

        /** @param index below {@link #size()} */
        Bytes hash(long index);
    }

    /**
     * What is wrong, and what would come of a repair.
     *
     * @param damages what was found, a line each
     * @param lost records that are not there, or not what was signed
     * @param end index of the record of the repair
     * @param served whether the state that was served is there, so that only what was not yet in it can be missing
     * @param rows of the state that differ from what the intact changes come to
     */
    public record Survey(List<String> damages, List<Declaration.Range> lost, long end, boolean served, int rows) {
        public Survey {
            damages = List.copyOf(damages);
            lost = List.copyOf(lost);
        }

        public boolean whole() {
            return damages.isEmpty() && lost.isEmpty();
        }
    }

    private LedgerRepair(DirectoryLock lock, Path store, Leaves signed) throws IOException {
        this.lock = lock;
        this.store = store;
        this.signed = signed;
        this.ledger = store.resolve(LEDGER);
        this.disk = new PackedDisk(ReadOnlyDisk.of(ledger, List.of()), true);
        this.base = LedgerScan.link(ledger, disk, segments, missing);
    }

    /** Whether the places were being changed when something stopped it. */
    static boolean isInterrupted(Path store) {
        return Files.isDirectory(store.resolve(COMING)) && !Files.exists(store.resolve(LEDGER));
    }

    /**
     * @param store the store's directory
     * @throws IOException when it is in use, or nothing of its ledger can be read
     */
    public static LedgerRepair open(Path store, Leaves signed) throws IOException {
        DirectoryLock lock = DirectoryLock.take(store);
        try {
            if (isInterrupted(store)) {
                Files.move(store.resolve(COMING), store.resolve(LEDGER));
                sync(store);
            }
            if (!Files.isDirectory(store.resolve(LEDGER))) {
                throw new IOException("there is no ledger in " + store);
            }
            return new LedgerRepair(lock, store, signed);
        } catch (IOException | RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    /** Index of the oldest record that was not dropped. */
    public long first() {
        return base.map(known -> known.kept().firstIndex()).orElse(0L);
    }

    /** Reads all of it, changing nothing. */
    public Survey survey() throws IOException {
        States states = new States();
        Lost lost = new Lost();
        List<String> damages = new ArrayList<>();
        missing.forEach(finding -> damages.add(finding.toString()));
        long end = walk(
                new Sink() {
                    @Override
                    public void frame(LogPosition start, ByteBuffer payload) {
                        states.take(start, payload);
                        mark(start.index(), payload, lost);
                    }

                    @Override
                    public void lost(long from, long to) {
                        lost.add(from, to);
                    }
                },
                damages);
        states.close();
        if (states.served && !states.seen) {
            damages.add(
                    "the state that was served knows of a record that the ledger has not: it was cut, or is another");
        }
        return new Survey(
                damages, lost.ranges(), end, states.served, states.differences().size());
    }

    /**
     * Writes the repaired ledger and puts it in the damaged one's place.
     *
     * @param event the record of the repair
     * @param suffix of the names under which the damaged files stay
     */
    public void write(LedgerRecord event, String suffix) throws IOException {
        Path coming = store.resolve(COMING);
        Views.destroy(coming);
        States states = new States();
        try (Writer writer = new Writer(FileDisk.at(coming))) {
            if (base.isPresent()) {
                Files.createLink(
                        coming.resolve(base.get().fileName()),
                        ledger.resolve(base.get().fileName()));
            }
            long second = event.eventTimeSeconds();
            writer.begin();
            walk(
                    new Sink() {
                        @Override
                        public void frame(LogPosition start, ByteBuffer payload) {
                            states.take(start, payload);
                            byte[] kept = CommitCodec.replace(
                                    payload,
                                    (ordinal, json) -> isSigned(start.index() + ordinal, json)
                                            ? Optional.empty()
                                            : Optional.of(stand(start.index() + ordinal, second)));
                            writer.add(
                                    kept,
                                    CommitCodec.records(ByteBuffer.wrap(kept)).size());
                        }

                        @Override
                        public void lost(long from, long to) {
                            for (long at = from; at < to; at += LOST_PER_FRAME) {
                                List<LedgerRecord> stands = new ArrayList<>();
                                for (long index = at; index < Math.min(to, at + LOST_PER_FRAME); index++) {
                                    stands.add(stand(index, second));
                                }
                                writer.add(CommitCodec.encode(List.of(), stands), stands.size());
                            }
                        }
                    },
                    new ArrayList<>());
            states.close();
            writeState(states, writer);
            writer.add(CommitCodec.encode(List.<Change<?>>of(), List.of(event)), 1);
            writer.finish();
        }
        sync(coming);
        if (Files.exists(store.resolve(VIEWS))) {
            Files.move(store.resolve(VIEWS), store.resolve(VIEWS + suffix));
        }
        Files.move(ledger, store.resolve(LEDGER + suffix));
        sync(store);
        Files.move(coming, ledger);
        sync(store);
    }

    /** Rows as they were served, where the intact changes come to something else. */
    private static void writeState(States states, Writer writer) {
        List<CommitCodec.CodedRow> puts = new ArrayList<>();
        List<CommitCodec.CodedRow> deletes = new ArrayList<>();
        int bytes = 0;
        for (String name : states.differences()) {
            String[] parts = name.split("\0", 2);
            byte[] value = states.wanted.get(name);
            if (value == null) {
                deletes.add(new CommitCodec.CodedRow(parts[0], parts[1], Bytes.EMPTY));
            } else {
                puts.add(new CommitCodec.CodedRow(parts[0], parts[1], Bytes.adopt(value)));
                bytes += value.length;
            }
            bytes += name.length();
            if (bytes > PORTION_BYTES) {
                writer.add(CommitCodec.encodeRows(puts, deletes), 0);
                puts.clear();
                deletes.clear();
                bytes = 0;
            }
        }
        if (!puts.isEmpty() || !deletes.isEmpty()) {
            writer.add(CommitCodec.encodeRows(puts, deletes), 0);
        }
    }

    private LedgerRecord stand(long index, long second) {
        return LostRecord.of(
                index < signed.size() ? signed.hash(index) : Bytes.copyOf(new byte[TreeHasher.HASH_BYTES]), second);
    }

    private boolean isSigned(long index, ByteBuffer json) {
        if (index >= signed.size()) {
            return true;
        }
        byte[] hash = new byte[TreeHasher.HASH_BYTES];
        byte[] bytes = new byte[json.remaining()];
        json.duplicate().get(bytes);
        new TreeHasher().leaf(bytes, 0, bytes.length, hash, 0);
        return Bytes.adopt(hash).equals(signed.hash(index))
                || LostRecord.standsFor(Bytes.adopt(bytes), signed.hash(index));
    }

    private void mark(long first, ByteBuffer payload, Lost lost) {
        CommitCodec.replace(payload, (ordinal, json) -> {
            if (!isSigned(first + ordinal, json)) {
                lost.add(first + ordinal, first + ordinal + 1);
            }
            return Optional.empty();
        });
    }

    /** What a walk meets, in the order of indexes. */
    private interface Sink {
        void frame(LogPosition start, ByteBuffer payload);

        /** Nothing of these is there. */
        void lost(long from, long to);
    }

    /** Returns the index behind the last record, there or lost. */
    private long walk(Sink sink, List<String> damages) throws IOException {
        long[] next = {first()};
        for (int i = 0; i < segments.size(); i++) {
            SegmentHeader segment = segments.get(i);
            Optional<SegmentHeader> behind = i + 1 < segments.size()
                    ? Optional.of(segments.get(i + 1)).filter(other -> other.previous() == segment.number())
                    : Optional.empty();
            SegmentScan scan = SegmentScan.of(ledger, disk, segment, behind, (start, head, payload) -> {
                if (start.index() < next[0]) {
                    return; // A frame that was put where it does not belong.
                }
                if (start.index() > next[0]) {
                    sink.lost(next[0], start.index());
                }
                sink.frame(start, payload);
                next[0] = start.index() + head.records();
            });
            scan.damages.forEach(damage -> damages.add("segment " + segment.fileName() + ", offset "
                    + damage.offset() + ": " + damage.what() + " (records " + damage.fromIndex() + " to "
                    + damage.toIndex() + ")"));
        }
        if (signed.size() > next[0]) {
            damages.add("the ledger ends before record " + next[0] + ", and " + signed.size() + " were signed");
            sink.lost(next[0], signed.size());
            next[0] = signed.size();
        }
        return next[0];
    }

    /** Ranges that grow at their end. */
    private static final class Lost {
        private final List<Declaration.Range> ranges = new ArrayList<>();

        void add(long from, long to) {
            Optional<Declaration.Range> last = ranges.isEmpty() ? Optional.empty() : Optional.of(ranges.getLast());
            boolean goesOn =
                    last.isPresent() && (last.get().to() + 1 == from || ranges.size() == Declaration.RANGES_MAX);
            if (goesOn) {
                ranges.set(ranges.size() - 1, new Declaration.Range(last.get().from(), to - 1));
            } else {
                ranges.add(new Declaration.Range(from, to - 1));
            }
        }

        List<Declaration.Range> ranges() {
            return ranges;
        }
    }

    /** What the intact changes come to, and what it should be. */
    private final class States {
        private final Map<String, byte[]> replayed = new HashMap<>();
        private Map<String, byte[]> wanted = replayed;
        private final Map<String, byte[]> views = new HashMap<>();
        private Optional<Views.Applied> applied = Optional.empty();
        private boolean crossed;
        private boolean served;

        /** Whether the ledger has the frame that the views took in last. */
        private boolean seen;

        States() throws IOException {
            if (base.isPresent()) {
                base.get()
                        .read(
                                disk,
                                frame -> CommitCodec.visitChanges(
                                        frame.payload(), new LedgerScan.StateChanges(replayed)));
            }
            try {
                Optional<Views> open = Views.openReadOnly(store.resolve(VIEWS));
                if (open.isPresent()) {
                    try (Views known = open.get()) {
                        known.rows((table, key, value) -> views.put(LedgerScan.name(table, key), value));
                        applied = known.applied();
                    }
                }
            } catch (RocksDBException _) {
                applied = Optional.empty();
            }
            // Views that are older than what was dropped are made anew by any start.
            applied = applied.filter(at -> at.segment() >= segments.getFirst().number());
            served = applied.isPresent();
        }

        void take(LogPosition start, ByteBuffer payload) {
            boolean behind = applied.filter(at -> start.segment() > at.segment()
                            || (start.segment() == at.segment() && start.offset() > at.offset()))
                    .isPresent();
            seen |= applied.filter(at -> at.segment() == start.segment() && at.offset() == start.offset())
                    .isPresent();
            if (behind && !crossed) {
                cross();
            }
            CommitCodec.visitChanges(payload, new LedgerScan.StateChanges(replayed));
            if (crossed) {
                CommitCodec.visitChanges(payload, new LedgerScan.StateChanges(wanted));
            }
        }

        /** When all is read: views may know of what is behind the end. */
        void close() {
            if (served && !crossed) {
                cross();
            }
        }

        private void cross() {
            wanted = views;
            crossed = true;
        }

        /** Names of rows, sorted. */
        Set<String> differences() {
            Set<String> names = new TreeSet<>();
            if (wanted != replayed) {
                wanted.forEach((name, value) -> {
                    if (!Arrays.equals(value, replayed.get(name))) {
                        names.add(name);
                    }
                });
                replayed.keySet().stream()
                        .filter(name -> !wanted.containsKey(name))
                        .forEach(names::add);
            }
            return names;
        }
    }

    /** Writes a ledger from its first segment on. */
    private final class Writer implements AutoCloseable {
        private final Disk to;
        private Optional<Disk.DiskFile> file = Optional.empty();
        private LogPosition at = SegmentHeader.root().start();

        Writer(Disk to) {
            this.to = to;
        }

        /** In the number of the first segment that there was, so that a base before it goes on to fit. */
        void begin() throws IOException {
            begin(base.map(Foundation::kept).orElse(SegmentHeader.root()));
        }

        private void begin(SegmentHeader header) throws IOException {
            Disk.DiskFile made = to.create(header.fileName(), 0);
            made.write(header.encode(), 0);
            file = Optional.of(made);
            at = header.start();
        }

        void add(byte[] payload, int records) {
            try {
                if (at.offset() > SegmentHeader.BYTES && at.offset() + payload.length > SEGMENT_BYTES) {
                    finish();
                    begin(new SegmentHeader(at.segment() + 1, at.index(), at.segment(), at.offset(), at.chainCrc()));
                }
                ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + payload.length);
                frame.position(FrameHeader.BYTES).put(payload);
                int crc = FrameHeader.complete(frame, at, records);
                file.orElseThrow().write(frame, at.offset());
                at = new LogPosition(
                        at.segment(), at.offset() + FrameHeader.BYTES + payload.length, at.index() + records, crc);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }

        void finish() throws IOException {
            if (file.isPresent()) {
                file.get().force();
            }
            close();
        }

        @Override
        public void close() throws IOException {
            if (file.isPresent()) {
                file.get().close();
                file = Optional.empty();
            }
        }
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
            entry.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
