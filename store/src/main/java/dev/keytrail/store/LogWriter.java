package dev.keytrail.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Appends frames. Owned by the committer's thread.
 *
 * <p>After any failure the end of the segment is uncertain: the frame may be on the disk or not, and after a failed sync
 * the page cache cannot be asked. So nothing is ever written behind or over it. Instead the writer goes on in a new file
 * whose header says where the old segment ends; once that header is durable, whatever stands behind that end is no part
 * of the ledger, in this process and after any crash.
 */
final class LogWriter implements Closeable {
    /** Of the page cache, on every platform that this runs on. */
    static final int PAGE_BYTES = 4096;

    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    private final Spares spares;
    private final Segments segments;
    private Disk.DiskFile file;
    private int capacityBytes;
    private LogPosition end;
    private boolean uncertain;

    /** @param uncertain whether anything may stand behind the end: then nothing is written before a new segment */
    LogWriter(
            Spares spares,
            Segments segments,
            Disk.DiskFile file,
            int capacityBytes,
            LogPosition end,
            boolean uncertain) {
        this.spares = spares;
        this.segments = segments;
        this.file = file;
        this.capacityBytes = capacityBytes;
        this.end = end;
        this.uncertain = uncertain;
    }

    LogPosition end() {
        return end;
    }

    boolean uncertain() {
        return uncertain;
    }

    /**
     * Writes one frame and makes it durable. It counts only once {@link #confirm} is called; until then the end is
     * uncertain, on success too.
     *
     * @param frame complete for {@link #end()}; its chain and index hold in any segment. Room behind its limit may be
     *     overwritten
     */
    void write(ByteBuffer frame) throws IOException {
        boolean full = end.offset() > SegmentHeader.BYTES && (long) end.offset() + frame.remaining() > capacityBytes;
        if (uncertain || full) {
            roll();
        }
        uncertain = true;
        file.write(toPageEnd(frame), end.offset());
        file.force();
    }

    /**
     * The frame and zeros to the end of its last page, where there are zeros anyway: a spare's pages are not in the page
     * cache, and a page that is written in part would have to be read first.
     */
    private ByteBuffer toPageEnd(ByteBuffer frame) {
        long frameEnd = (long) end.offset() + frame.remaining();
        int zeros = (int) (-frameEnd & (PAGE_BYTES - 1));
        ByteBuffer whole = frame.duplicate();
        if (zeros <= frame.capacity() - frame.limit() && frameEnd + zeros <= capacityBytes) {
            int limit = frame.limit();
            whole.limit(limit + zeros);
            whole.put(limit, ZEROS, 0, zeros);
        }
        return whole;
    }

    LogPosition confirm(int frameBytes, int records, int crc) {
        end = new LogPosition(end.segment(), end.offset() + frameBytes, end.index() + records, crc);
        uncertain = false;
        return end;
    }

    /** Goes on in a new segment. After a failure nothing has changed and it may be tried again. */
    void roll() throws IOException {
        Spares.Spare spare = spares.takeAfter(end.segment());
        SegmentHeader header =
                new SegmentHeader(spare.number(), end.index(), end.segment(), end.offset(), end.chainCrc());
        try {
            spare.file().write(header.encode(), 0);
            spare.file().force();
        } catch (IOException | RuntimeException failed) {
            spares.discard(spare);
            throw failed;
        }
        Disk.DiskFile old = file;
        file = spare.file();
        capacityBytes = spare.capacityBytes();
        end = header.start();
        uncertain = false;
        segments.add(header);
        closeQuietly(old);
    }

    private static void closeQuietly(Disk.DiskFile old) {
        try {
            old.close();
        } catch (IOException _) {
            // All that counts in it was forced; a failing disk must not stop the way out of the failure.
            return;
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
