package dev.keytrail.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Views that fit the ledger, and how far they have taken it in. Views that are missing, damaged or of another ledger
 * are begun anew and filled from the ledger; views that know of more than the ledger has prove that it has lost
 * something, and stop the start.
 *
 * @param position behind the last frame taken in
 * @param last that frame
 */
record OpenedViews(Views views, LogPosition position, Optional<LogReader.Frame> last) {
    private static final Logger LOG = LoggerFactory.getLogger(OpenedViews.class);
    private static final int CHUNK_BYTES = 64 << 10;

    static OpenedViews open(Path directory, Disk disk, Segments segments) throws IOException {
        try {
            Views views = openOrRebuild(directory);
            try {
                return match(directory, views, disk, segments);
            } catch (RocksDBException | IOException | RuntimeException failed) {
                views.close();
                throw failed;
            }
        } catch (RocksDBException e) {
            throw new IOException("the history index in " + directory + " cannot be opened: " + e.getMessage(), e);
        }
    }

    /** Drops the views and begins them anew. */
    static OpenedViews rebuild(Path directory, Disk disk, Segments segments, String why) throws IOException {
        LOG.warn("the history index in {} is rebuilt from the ledger: {}", directory, why);
        try {
            Views.destroy(directory);
            Views views = Views.open(directory);
            try {
                return begun(views, disk, segments);
            } catch (RocksDBException | IOException | RuntimeException failed) {
                views.close();
                throw failed;
            }
        } catch (RocksDBException e) {
            throw new IOException("the history index in " + directory + " cannot be made: " + e.getMessage(), e);
        }
    }

    /** Views of the ledger's beginning: empty, or what was dropped came to. */
    private static OpenedViews begun(Views views, Disk disk, Segments segments) throws RocksDBException, IOException {
        Optional<Foundation> base = segments.base();
        if (base.isPresent()) {
            views.take(base.get(), disk, true);
        }
        return new OpenedViews(views, segments.first().start(), Optional.empty());
    }

    private static Views openOrRebuild(Path directory) throws IOException, RocksDBException {
        try {
            return Views.open(directory);
        } catch (RocksDBException e) {
            Status status = e.getStatus();
            if (status != null
                    && (status.getSubCode() == Status.SubCode.NoSpace || status.getCode() == Status.Code.Busy)) {
                throw e;
            }
            LOG.warn(
                    "the history index in {} is damaged and is rebuilt from the ledger: {}", directory, e.getMessage());
            Views.destroy(directory);
            return Views.open(directory);
        }
    }

    private static OpenedViews match(Path directory, Views views, Disk disk, Segments segments)
            throws RocksDBException, IOException {
        Optional<Views.Applied> applied = views.applied();
        if (applied.isEmpty()) {
            LOG.info("the history index in {} is empty: it is filled from the ledger", directory);
            return begun(views, disk, segments);
        }
        if (!views.isOfThisFormat()) {
            views.close();
            return rebuild(directory, disk, segments, "it is of an earlier version");
        }
        Views.Applied known = applied.get();
        if (known.segment() > segments.last().number()) {
            throw lost(known, segments, "the segment is missing");
        }
        if (!segments.contains(known.segment())) {
            views.close();
            boolean older = known.segment() < segments.first().number();
            return rebuild(
                    directory,
                    disk,
                    segments,
                    older ? "it is older than what was dropped" : "it belongs to another ledger");
        }
        Optional<Foundation> base = segments.base();
        if (base.isPresent() && !views.knows(base.get())) {
            views.take(base.get(), disk, false);
        }
        try (LogReader reader = new LogReader(disk, segments, CHUNK_BYTES)) {
            LogReader.Frame frame = reader.intact(known.segment(), known.offset())
                    .orElseThrow(() -> lost(known, segments, "the frame is gone or damaged"));
            if (frame.header().crc() != known.crc()) {
                views.close();
                return rebuild(directory, disk, segments, "it belongs to another ledger");
            }
            return new OpenedViews(views, frame.end(), Optional.of(frame));
        }
    }

    private static LedgerDamaged lost(Views.Applied known, Segments segments, String what) {
        return new LedgerDamaged(
                SegmentHeader.fileName(known.segment()),
                known.offset(),
                segments.last().firstIndex(),
                what + ", but the history index has taken it in. If an older ledger was put here on purpose, remove"
                        + " the views directory");
    }
}
