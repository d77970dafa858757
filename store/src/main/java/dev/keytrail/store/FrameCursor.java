package dev.keytrail.store;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
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
    private Iterator<LedgerRecord> inFrame = List.<LedgerRecord>of().iterator();
    private long nextIndex;
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
        if (nextIndex >= until.index() || first >= until.index()) {
            return false;
        }
        LedgerRecord found = advance();
        while (nextIndex <= first) {
            found = advance();
        }
        record = found;
        return true;
    }

    private LedgerRecord advance() {
        while (!inFrame.hasNext()) {
            LogReader.Frame frame = read();
            at = frame.end();
            // Frames before the first record wanted are only stepped over.
            if (at.index() > first) {
                inFrame = CommitCodec.records(frame.payload()).iterator();
            } else {
                nextIndex = at.index();
            }
        }
        nextIndex++;
        return inFrame.next();
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
        record();
        return nextIndex - 1;
    }

    @Override
    public LedgerRecord record() {
        if (record == null) {
            throw new NoSuchElementException("cursor stands on no record");
        }
        return record;
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
