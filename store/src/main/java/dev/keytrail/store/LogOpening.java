package dev.keytrail.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the ledger in a directory of segments: which of them belong to it, and where it ends. A last frame that is not
 * whole was never acknowledged and is left behind; anything else that is not as it was written is
 * {@link LedgerDamaged}.
 */
final class LogOpening {
    private static final Logger LOG = LoggerFactory.getLogger(LogOpening.class);
    private static final int WALK_CHUNK_BYTES = 1 << 20;
    /** So much of a file without header is looked at before it is taken for an unused one. */
    private static final int BLANK_CHECK_BYTES = 1 << 16;

    private final Disk disk;
    private final StoreOptions options;
    private final Segments segments = new Segments();
    private final TreeMap<Long, Optional<SegmentHeader>> files = new TreeMap<>();
    private final List<Long> leftOver = new ArrayList<>();
    private final List<Long> bases = new ArrayList<>();
    private Optional<Long> spareNumber = Optional.empty();

    LogOpening(Disk disk, StoreOptions options) {
        this.disk = disk;
        this.options = options;
    }

    /** The end of the log and whether something that does not count stands behind it. */
    record End(LogPosition position, boolean torn) {}

    Segments segments() {
        return segments;
    }

    /** Reads the segments' headers and links them; begins a ledger where there is none. */
    void link() throws IOException {
        for (String name : disk.list()) {
            OptionalLong number = SegmentHeader.numberOf(name);
            if (number.isPresent()) {
                files.put(number.getAsLong(), readHeader(number.getAsLong()));
            }
            Foundation.numberOf(name).ifPresent(bases::add);
        }
        Optional<SegmentHeader> head = files.descendingMap().values().stream()
                .flatMap(Optional::stream)
                .findFirst();
        long headNumber = head.map(SegmentHeader::number).orElse(0L);
        for (long number : files.tailMap(headNumber, false).navigableKeySet()) {
            inspectUnlinked(number, head);
        }
        if (head.isEmpty()) {
            begin();
        } else {
            linkBackwards(head.get());
        }
    }

    private Optional<SegmentHeader> readHeader(long number) throws IOException {
        try (Disk.DiskFile file = disk.open(SegmentHeader.fileName(number))) {
            ByteBuffer bytes = read(file, 0, SegmentHeader.BYTES);
            byte[] header = new byte[bytes.remaining()];
            bytes.get(header);
            return SegmentHeader.decode(header).filter(decoded -> decoded.number() == number);
        }
    }

    /** A file behind the last segment: unused, or begun and not finished; never one that holds frames. */
    private void inspectUnlinked(long number, Optional<SegmentHeader> head) throws IOException {
        String name = SegmentHeader.fileName(number);
        long size;
        boolean blank;
        try (Disk.DiskFile file = disk.open(name)) {
            size = file.sizeBytes();
            blank = isZero(read(file, 0, BLANK_CHECK_BYTES));
        }
        if (!blank && findFrame(number, SegmentHeader.BYTES).isPresent()) {
            throw new LedgerDamaged(
                    name, 0, head.map(SegmentHeader::firstIndex).orElse(0L), "the segment holds frames but no header");
        }
        if (blank && size == options.segmentBytes() && spareNumber.isEmpty() && head.isPresent()) {
            spareNumber = Optional.of(number);
        } else {
            LOG.info("removing segment file {}, which was never begun", name);
            disk.delete(name);
        }
    }

    private void begin() throws IOException {
        SegmentHeader root = SegmentHeader.root();
        int bytes = Math.min(Spares.SMALL_BYTES, options.segmentBytes());
        try (Disk.DiskFile file = disk.create(root.fileName(), bytes)) {
            file.write(root.encode(), 0);
            file.force();
        }
        files.put(root.number(), Optional.of(root));
        segments.add(root);
    }

    private void linkBackwards(SegmentHeader head) throws IOException {
        SegmentHeader at = head;
        segments.add(at);
        while (at.previous() != SegmentHeader.NO_PREVIOUS) {
            SegmentHeader later = at;
            String name = SegmentHeader.fileName(later.previous());
            Optional<SegmentHeader> previous = files.getOrDefault(later.previous(), Optional.empty());
            if (previous.isEmpty()) {
                Optional<Foundation> base = newestBase();
                if (base.isPresent()) {
                    segments.beginWith(base.get());
                    break;
                }
                if (!files.containsKey(later.previous())) {
                    throw new LedgerDamaged(name, 0, later.firstIndex(), "the file is missing");
                }
            }
            at = previous.filter(
                            header -> header.number() < later.number() && header.firstIndex() <= later.firstIndex())
                    .orElseThrow(() ->
                            new LedgerDamaged(name, 0, later.firstIndex(), "the header is not one of this ledger's"));
            segments.add(at);
        }
        for (long number : files.headMap(head.number()).keySet()) {
            if (!segments.contains(number)) {
                leftOver.add(number);
            }
        }
    }

    /** Of the segments found so far, the newest that has a base before it: what is older was being dropped. */
    private Optional<Foundation> newestBase() throws IOException {
        Optional<SegmentHeader> at = Optional.of(segments.first());
        Optional<Foundation> newest = Optional.empty();
        while (at.isPresent()) {
            if (bases.contains(at.get().number())) {
                Optional<Foundation> base = Foundation.before(at.get(), disk);
                newest = base.isPresent() ? base : newest;
            }
            at = segments.after(at.get().number());
        }
        return newest;
    }

    /** Removes segments that are no part of the ledger; once it is known to be whole. */
    void clean() throws IOException {
        for (long number : leftOver) {
            LOG.info("removing segment file {}, which is no part of the ledger any more", number);
            disk.delete(SegmentHeader.fileName(number));
        }
        for (long number : bases) {
            if (number < segments.first().number()) {
                disk.delete(Foundation.fileName(number));
            }
        }
    }

    /**
     * Walks from a position to the end.
     *
     * @param last the frame before, where it is known
     */
    End walk(LogPosition from, LogReader.@Nullable Frame last, Consumer<LogReader.Frame> visitor) throws IOException {
        try (LogReader reader = new LogReader(disk, segments, WALK_CHUNK_BYTES)) {
            LogPosition at = segments.hop(from);
            LogReader.Frame newest = last;
            for (Optional<LogReader.Frame> next = reader.at(at); next.isPresent(); next = reader.at(at)) {
                newest = next.get();
                segments.mark(at);
                visitor.accept(newest);
                at = segments.hop(newest.end());
            }
            if (segments.after(at.segment()).isPresent()) {
                throw LogReader.damaged(at, "the frame is not what was written, and later segments follow");
            }
            boolean torn = inspectTail(reader, at);
            affirm(at.segment(), newest);
            return new End(at, torn);
        }
    }

    /** True if anything stands behind the end. */
    private boolean inspectTail(LogReader reader, LogPosition end) throws IOException {
        // A torn frame whose own header is whole tells how long it is: what its payload looks like is no evidence.
        int behind = reader.header(end).map(FrameHeader::frameBytes).orElse(1);
        Optional<Integer> frame = findFrame(end.segment(), end.offset() + behind);
        if (frame.isPresent()) {
            throw LogReader.damaged(
                    end, "the frame is not what was written, and an intact one follows at offset " + frame.get());
        }
        try (Disk.DiskFile file = disk.open(SegmentHeader.fileName(end.segment()))) {
            for (long at = end.offset(); at < file.sizeBytes(); at += WALK_CHUNK_BYTES) {
                if (!isZero(read(file, at, WALK_CHUNK_BYTES))) {
                    LOG.warn(
                            "segment {} has an incomplete frame at offset {}: it was never acknowledged and is left out",
                            SegmentHeader.fileName(end.segment()),
                            end.offset());
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Writes the last segment's header and the last frame once more and syncs them. They may come from a process that
     * died between write and sync, or whose sync had failed; then they were read from the page cache and nothing says
     * that they are on the disk. All that is older was synced before it was followed.
     */
    private void affirm(long segment, LogReader.@Nullable Frame last) throws IOException {
        try (Disk.DiskFile file = disk.open(SegmentHeader.fileName(segment))) {
            file.write(segments.last().encode(), 0);
            if (last != null && last.start().segment() == segment) {
                int offset = last.start().offset();
                ByteBuffer bytes = read(file, offset, last.header().frameBytes());
                if (!last.header().matches(bytes)) {
                    throw LogReader.damaged(last.start(), "the frame reads differently a second time");
                }
                file.write(bytes, offset);
            }
            file.force();
        }
    }

    /** The spares for the writer, with one that an earlier run has left, if there is any. */
    Spares spares() throws IOException {
        long newest = files.isEmpty() ? SegmentHeader.ROOT_NUMBER : files.lastKey();
        Spares spares = new Spares(disk, options, newest);
        if (spareNumber.isPresent()) {
            long number = spareNumber.get();
            spares.adopt(new Spares.Spare(number, disk.open(SegmentHeader.fileName(number)), options.segmentBytes()));
        }
        return spares;
    }

    LogWriter writer(Spares spares, End end) throws IOException {
        Disk.DiskFile file = disk.open(SegmentHeader.fileName(end.position().segment()));
        long size = file.sizeBytes();
        return new LogWriter(
                spares, segments, file, (int) Math.min(size, Integer.MAX_VALUE), end.position(), end.torn());
    }

    /** Where the first intact frame begins, from the offset on. */
    private Optional<Integer> findFrame(long segment, int from) throws IOException {
        try (Disk.DiskFile file = disk.open(SegmentHeader.fileName(segment));
                LogReader reader = new LogReader(disk, segments, FrameHeader.BYTES)) {
            long size = file.sizeBytes();
            for (long chunkAt = from; chunkAt < size; chunkAt += WALK_CHUNK_BYTES) {
                ByteBuffer chunk = read(file, chunkAt, WALK_CHUNK_BYTES + Integer.BYTES - 1);
                if (isZero(chunk)) {
                    continue;
                }
                for (int i = 0; i + Integer.BYTES <= chunk.limit(); i++) {
                    int place = (int) (chunkAt + i);
                    if (chunk.getInt(i) == FrameHeader.MAGIC
                            && reader.intact(segment, place).isPresent()) {
                        return Optional.of(place);
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isZero(ByteBuffer bytes) {
        int i = bytes.position();
        for (; i + Long.BYTES <= bytes.limit(); i += Long.BYTES) {
            if (bytes.getLong(i) != 0) {
                return false;
            }
        }
        for (; i < bytes.limit(); i++) {
            if (bytes.get(i) != 0) {
                return false;
            }
        }
        return true;
    }

    private static ByteBuffer read(Disk.DiskFile file, long offset, int bytes) throws IOException {
        ByteBuffer into = ByteBuffer.allocate(bytes);
        while (into.hasRemaining() && file.read(into, offset + into.position()) > 0) {
            // A read may give less than asked for.
        }
        return into.flip();
    }
}
