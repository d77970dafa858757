package dev.keytrail.store;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Walks the records on disk, up to the end as it was. One thread at a time. */
final class FrameCursor implements Ledger.Cursor {
    private static final int CHUNK_BYTES = 256 << 10;

    private final LogReader reader;
    private final LogPosition until;
    private final long first;
    private LogPosition at;
    private CommitCodec.Coded inFrame = CommitCodec.Coded.NONE;
    private long nextIndex;
    private boolean standing;
    private @Nullable LedgerRecord record;

    FrameCursor(Disk disk, Segments segments, long first, LogPosition until) {
        this.reader = new LogReader(disk, segments, CHUNK_BYTES);
        this.until = until;
        this.first = first;
        this.at = segments.nearest(first);
        this.nextIndex = at.index();
    }

    @Override
    public boolean next() {
        record = null;
        standing = false;
        if (nextIndex >= until.index() || first >= until.index()) {
            return false;
        }
        advance();
        while (nextIndex <= first) {
            advance();
        }
        standing = true;
        return true;
    }

    private void advance() {
        while (!inFrame.next()) {
            LogReader.Frame frame = read();
            at = frame.end();
            // Frames before the first record wanted are only stepped over.
            if (at.index() > first) {
                inFrame = new CommitCodec.Coded(frame.payload());
            } else {
                inFrame = CommitCodec.Coded.NONE;
                nextIndex = at.index();
            }
        }
        nextIndex++;
    }

    private LogReader.Frame read() {
        try {
            Optional<LogReader.Frame> frame = reader.next(at, until);
            return frame.orElseThrow(() -> LogReader.damaged(at, "records are missing"));
        } catch (IOException e) {
            throw new Ledger.LedgerUnavailable("the ledger cannot be read: " + e.getMessage());
        }
    }

    @Override
    public long index() {
        demandRecord();
        return nextIndex - 1;
    }

    @Override
    public LedgerRecord record() {
        demandRecord();
        LedgerRecord decoded = record == null ? inFrame.record() : record;
        record = decoded;
        return decoded;
    }

    @Override
    public Bytes json() {
        demandRecord();
        return inFrame.json();
    }

    private void demandRecord() {
        if (!standing) {
            throw new NoSuchElementException("cursor stands on no record");
        }
    }

    @Override
    public void close() {
        try {
            reader.close();
        } catch (IOException _) {
            // Read only: nothing can be lost.
            return;
        }
    }
}
