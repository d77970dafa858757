package dev.keytrail.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads frames and checks them. One thread at a time; close it. */
final class LogReader implements Closeable {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Disk disk;
    private final Segments segments;
    private final int chunkBytes;

    private Disk.@Nullable DiskFile file;
    private long fileSegment = -1;
    private ByteBuffer chunk = NOTHING;
    private long chunkOffset;
    private long readLimit = Long.MAX_VALUE;

    /** @param chunkBytes how much to read at once: large for walking, small for single frames */
    LogReader(Disk disk, Segments segments, int chunkBytes) {
        this.disk = disk;
        this.segments = segments;
        this.chunkBytes = chunkBytes;
    }

    /** One frame as it stands in the log, checked. */
    record Frame(LogPosition start, FrameHeader header, ByteBuffer payload) {
        LogPosition end() {
            return new LogPosition(
                    start.segment(),
                    start.offset() + header.frameBytes(),
                    start.index() + header.records(),
                    header.crc());
        }
    }

    /** The frame at a position, or behind the end of its segment; empty at {@code until}, which is durable. */
    Optional<Frame> next(LogPosition at, LogPosition until) throws IOException {
        LogPosition from = at.isAt(until) ? at : segments.hop(at);
        if (from.isAt(until)) {
            return Optional.empty();
        }
        if (!segments.contains(from.segment())) {
            throw new IOException("segment " + SegmentHeader.fileName(from.segment()) + " was dropped");
        }
        // Nothing is read ahead that may still be being written.
        readLimit = from.segment() == until.segment() ? until.offset() : Long.MAX_VALUE;
        Optional<Frame> frame = at(from);
        if (frame.isEmpty()) {
            throw damaged(from, "the frame is not what was written");
        }
        segments.mark(from);
        return frame;
    }

    /** The frame at a position if it is intact and belongs there. */
    Optional<Frame> at(LogPosition at) throws IOException {
        return intact(at.segment(), at.offset())
                .filter(frame -> frame.header().firstIndex() == at.index()
                        && frame.header().previousCrc() == at.chainCrc());
    }

    /** Any intact frame at that place, whatever came before it. */
    Optional<Frame> intact(long segment, int offset) throws IOException {
        boolean fresh = load(segment, offset, FrameHeader.BYTES, false);
        Optional<Frame> frame = parse(segment, offset);
        if (frame.isEmpty() && !fresh) {
            // What was read ahead may have been read before it was written.
            load(segment, offset, FrameHeader.BYTES, true);
            frame = parse(segment, offset);
        }
        return frame;
    }

    /** The header at that place, intact or not there; the payload may be anything. */
    Optional<FrameHeader> header(LogPosition at) throws IOException {
        load(at.segment(), at.offset(), FrameHeader.BYTES, true);
        return FrameHeader.decode(view(at.offset(), FrameHeader.BYTES))
                .filter(header -> header.firstIndex() == at.index() && header.previousCrc() == at.chainCrc());
    }

    private Optional<Frame> parse(long segment, int offset) throws IOException {
        Optional<FrameHeader> header = FrameHeader.decode(view(offset, FrameHeader.BYTES));
        if (header.isEmpty()) {
            return Optional.empty();
        }
        int length = header.get().frameBytes();
        load(segment, offset, length, false);
        ByteBuffer frame = view(offset, length);
        if (frame.limit() < length || !header.get().matches(frame)) {
            return Optional.empty();
        }
        ByteBuffer payload = frame.slice(FrameHeader.BYTES, header.get().payloadBytes());
        LogPosition start = new LogPosition(
                segment, offset, header.get().firstIndex(), header.get().previousCrc());
        return Optional.of(new Frame(start, header.get(), payload));
    }

    static LedgerDamaged damaged(LogPosition at, String what) {
        return new LedgerDamaged(SegmentHeader.fileName(at.segment()), at.offset(), at.index(), what);
    }

    /** What there is in the chunk from the offset on, at most so much. */
    private ByteBuffer view(long offset, int bytes) {
        int from = (int) (offset - chunkOffset);
        return chunk.slice(from, Math.min(bytes, chunk.limit() - from));
    }

    /** Brings the bytes into the chunk, as many as the file has; true if they were read just now. */
    private boolean load(long segment, long offset, int bytes, boolean anew) throws IOException {
        boolean there =
                segment == fileSegment && offset >= chunkOffset && offset + bytes <= chunkOffset + chunk.limit();
        if (there && !anew) {
            return false;
        }
        Disk.DiskFile from = file(segment);
        ByteBuffer into = ByteBuffer.allocate((int) Math.max(bytes, Math.min(chunkBytes, readLimit - offset)));
        while (into.hasRemaining() && from.read(into, offset + into.position()) > 0) {
            // A read may give less than asked for.
        }
        chunk = into.flip();
        chunkOffset = offset;
        return true;
    }

    private Disk.DiskFile file(long segment) throws IOException {
        Disk.DiskFile open = file;
        if (open == null || segment != fileSegment) {
            close();
            open = disk.open(Foundation.fileOf(segment));
            file = open;
            fileSegment = segment;
        }
        return open;
    }

    @Override
    public void close() throws IOException {
        if (file != null) {
            file.close();
        }
        file = null;
        fileSegment = -1;
        chunk = NOTHING;
        chunkOffset = 0;
    }
}
