package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * What the segments before one came to, so that they can be dropped: every row of the state as it was there, and the few
 * records that history shows for longer than its retention. Lies in {@code N.base}, where N is the number of the segment
 * that the ledger then begins with.
 *
 * <p>The file: that segment's header, then frames as in a segment: rows (no records), sorted by table and key; records
 * (one each, with its index); a frame of nothing as the end. The same segments always make the same bytes.
 *
 * @param kept the segment that the ledger begins with
 */
record Foundation(SegmentHeader kept, long bytes) {
    private static final String SUFFIX = ".base";
    private static final int CHUNK_BYTES = 256 << 10;

    static String fileName(long number) {
        return SegmentHeader.fileName(number).replace(".log", SUFFIX);
    }

    /** Empty for a file that is no base. */
    static OptionalLong numberOf(String fileName) {
        return fileName.endsWith(SUFFIX)
                ? SegmentHeader.numberOf(fileName.substring(0, fileName.length() - SUFFIX.length()) + ".log")
                : OptionalLong.empty();
    }

    /** The base before a segment, if there is one that was made for it. What is in it is looked at when it is read. */
    static Optional<Foundation> before(SegmentHeader kept, Disk disk) throws IOException {
        String name = fileName(kept.number());
        if (!disk.list().contains(name)) {
            return Optional.empty();
        }
        try (Disk.DiskFile file = disk.open(name)) {
            return SegmentHeader.decode(fully(file, 0, SegmentHeader.BYTES))
                    .filter(kept::equals)
                    .map(_ -> new Foundation(kept, size(file)));
        }
    }

    private static long size(Disk.DiskFile file) {
        try {
            return file.sizeBytes();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static byte[] fully(Disk.DiskFile file, long offset, int bytesMax) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytesMax);
        while (into.hasRemaining() && file.read(into, offset + into.position()) > 0) {
            // A read may give less than asked for.
        }
        byte[] read = new byte[into.position()];
        into.flip().get(read);
        return read;
    }

    String fileName() {
        return fileName(kept.number());
    }

    /** What stands for this file where a segment's number does. */
    long place() {
        return place(kept.number());
    }

    private static long place(long number) {
        return -number;
    }

    /** The file of a segment, or of the base that the number stands for. */
    static String fileOf(long segment) {
        return segment < 0 ? fileName(-segment) : SegmentHeader.fileName(segment);
    }

    /**
     * Meets all its frames.
     *
     * @throws LedgerDamaged when it is not what was written
     */
    void read(Disk disk, Consumer<LogReader.Frame> visitor) throws IOException {
        int at = SegmentHeader.BYTES;
        int chain = kept.chainCrc();
        try (LogReader reader = new LogReader(disk, new Segments(), CHUNK_BYTES)) {
            while (true) {
                Optional<LogReader.Frame> frame = reader.intact(place(), at);
                if (frame.isEmpty() || frame.get().header().previousCrc() != chain) {
                    throw new LedgerDamaged(
                            fileName(), at, kept.firstIndex(), "the state of the records that were dropped is damaged");
                }
                if (frame.get().header().payloadBytes() == 0) {
                    return;
                }
                visitor.accept(frame.get());
                at += frame.get().header().frameBytes();
                chain = frame.get().header().crc();
            }
        }
    }

    /** SHA-256 of the file. */
    Bytes digest(Disk disk) throws IOException {
        MessageDigest sha = Sha256.start();
        try (Disk.DiskFile file = disk.open(fileName())) {
            for (long at = 0; at < bytes; at += CHUNK_BYTES) {
                sha.update(fully(file, at, (int) Math.min(CHUNK_BYTES, bytes - at)));
            }
        }
        return Bytes.adopt(sha.digest());
    }

    /** Writes a base anew; durable on return. Memory: the rows that changed in what goes, and a place for each record kept. */
    static final class Maker {
        private final PackedDisk disk;
        private final Segments segments;
        private final SegmentHeader kept;
        private final Predicate<LedgerRecord> lasting;

        /** By table and key; empty for a row that is gone. */
        private final TreeMap<String, Optional<byte[]>> changed = new TreeMap<>();

        private final Map<String, Place> newest = new HashMap<>();
        private final List<CommitCodec.CodedRow> rows = new ArrayList<>();
        private int rowsBytes;

        private record Place(long index, long segment, int offset, int ordinal) {}

        /** @param lasting which records outlive history: the newest of each resource that they name */
        Maker(PackedDisk disk, Segments segments, SegmentHeader kept, Predicate<LedgerRecord> lasting) {
            this.disk = disk;
            this.segments = segments;
            this.kept = kept;
            this.lasting = lasting;
        }

        Foundation make() throws IOException {
            Optional<Foundation> old = segments.base();
            if (old.isPresent()) {
                old.get().read(disk, this::takeRecords);
            }
            walk(disk, segments, kept, frame -> {
                takeRecords(frame);
                CommitCodec.visitChanges(frame.payload(), new CommitCodec.ChangeVisitor() {
                    @Override
                    public void put(String table, String key, byte[] value) {
                        changed.put(name(table, key), Optional.of(value));
                    }

                    @Override
                    public void delete(String table, String key) {
                        changed.put(name(table, key), Optional.empty());
                    }
                });
            });
            String file = fileName(kept.number());
            disk.delete(file);
            try (Disk.DiskFile into = disk.create(file, 0)) {
                Frames frames = new Frames(into, kept);
                writeRows(old, frames);
                writeRecords(frames);
                frames.add(new byte[0], kept.firstIndex(), 0);
                into.force();
                return new Foundation(kept, frames.at.offset());
            }
        }

        private void takeRecords(LogReader.Frame frame) {
            int ordinal = 0;
            for (LedgerRecord record : CommitCodec.records(frame.payload())) {
                if (HistoryIndex.outlives(record, HistoryIndex.Attribute.RESOURCE_NAME) && lasting.test(record)) {
                    Place place = new Place(
                            frame.start().index() + ordinal,
                            frame.start().segment(),
                            frame.start().offset(),
                            ordinal);
                    for (NamedResource resource : record.resources()) {
                        newest.put(record.account() + '\0' + record.region() + '\0' + resource.name(), place);
                    }
                }
                ordinal++;
            }
        }

        private static String name(String table, String key) {
            return table + '\0' + key;
        }

        /** The old base's rows and those that changed since, merged: both are sorted. */
        private void writeRows(Optional<Foundation> old, Frames frames) throws IOException {
            Iterator<Map.Entry<String, Optional<byte[]>>> coming =
                    changed.entrySet().iterator();
            List<Map.Entry<String, Optional<byte[]>>> next = new ArrayList<>();
            if (coming.hasNext()) {
                next.add(coming.next());
            }
            CommitCodec.ChangeVisitor merging = new CommitCodec.ChangeVisitor() {
                @Override
                public void put(String table, String key, byte[] value) {
                    String name = name(table, key);
                    boolean replaced = false;
                    while (!next.isEmpty() && next.getFirst().getKey().compareTo(name) <= 0) {
                        replaced = next.getFirst().getKey().equals(name);
                        advance(coming, next, frames);
                    }
                    if (!replaced) {
                        add(name, value, frames);
                    }
                }

                @Override
                public void delete(String table, String key) {
                    throw new IllegalStateException("a base has rows alone");
                }
            };
            if (old.isPresent()) {
                old.get().read(disk, frame -> CommitCodec.visitChanges(frame.payload(), merging));
            }
            while (!next.isEmpty()) {
                advance(coming, next, frames);
            }
            flush(frames);
        }

        private void advance(
                Iterator<Map.Entry<String, Optional<byte[]>>> coming,
                List<Map.Entry<String, Optional<byte[]>>> next,
                Frames frames) {
            Map.Entry<String, Optional<byte[]>> row = next.removeFirst();
            row.getValue().ifPresent(value -> add(row.getKey(), value, frames));
            if (coming.hasNext()) {
                next.add(coming.next());
            }
        }

        private void add(String name, byte[] value, Frames frames) {
            int zero = name.indexOf('\0');
            rows.add(new CommitCodec.CodedRow(name.substring(0, zero), name.substring(zero + 1), Bytes.adopt(value)));
            rowsBytes += name.length() + value.length;
            if (rowsBytes >= CHUNK_BYTES) {
                flush(frames);
            }
        }

        private void flush(Frames frames) {
            if (!rows.isEmpty()) {
                frames.add(CommitCodec.encodeRows(rows), kept.firstIndex(), 0);
                rows.clear();
                rowsBytes = 0;
            }
        }

        private void writeRecords(Frames frames) throws IOException {
            List<Place> places = newest.values().stream()
                    .distinct()
                    .sorted(Comparator.comparingLong(Place::index))
                    .toList();
            try (LogReader reader = new LogReader(disk, segments, CHUNK_BYTES)) {
                for (Place place : places) {
                    LogReader.Frame frame = reader.intact(place.segment(), place.offset())
                            .orElseThrow(() -> new IOException("a frame reads differently a second time"));
                    frames.add(CommitCodec.alone(frame.payload(), place.ordinal()), place.index(), 1);
                }
            }
        }
    }

    /** Frames before a segment, from the ledger's beginning on. */
    static void walk(Disk disk, Segments segments, SegmentHeader until, Consumer<LogReader.Frame> visitor)
            throws IOException {
        try (LogReader reader = new LogReader(disk, segments, CHUNK_BYTES)) {
            LogPosition at = segments.first().start();
            for (Optional<LogReader.Frame> frame = reader.next(at, until.start());
                    frame.isPresent();
                    frame = reader.next(at, until.start())) {
                visitor.accept(frame.get());
                at = frame.get().end();
            }
        }
    }

    /** Appends frames to a new file. */
    private static final class Frames {
        private final Disk.DiskFile file;
        private LogPosition at;

        Frames(Disk.DiskFile file, SegmentHeader kept) throws IOException {
            this.file = file;
            this.at = new LogPosition(place(kept.number()), SegmentHeader.BYTES, kept.firstIndex(), kept.chainCrc());
            file.write(kept.encode(), 0);
        }

        void add(byte[] payload, long index, int records) {
            ByteBuffer frame = ByteBuffer.allocate(FrameHeader.BYTES + payload.length);
            frame.position(FrameHeader.BYTES).put(payload);
            LogPosition here = new LogPosition(at.segment(), at.offset(), index, at.chainCrc());
            int crc = FrameHeader.complete(frame, here, records);
            try {
                file.write(frame, at.offset());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            at = new LogPosition(at.segment(), at.offset() + FrameHeader.BYTES + payload.length, index, crc);
        }
    }
}
