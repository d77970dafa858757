package dev.keytrail.store;

import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Records that a ledger has dropped, where an archive has them: segments as they lay in the ledger, in one folder or in one
 * for each drop. Reads, and changes nothing. For one thread.
 */
public final class ArchivedLedger {
    private final Path folder;
    private final Disk disk;
    private final List<SegmentHeader> segments;
    private final List<String> damages = new ArrayList<>();

    private ArchivedLedger(Path folder, Disk disk, List<SegmentHeader> segments) {
        this.folder = folder;
        this.disk = disk;
        this.segments = segments;
    }

    /** @throws IOException when there is no segment of a ledger */
    public static ArchivedLedger open(Path folder) throws IOException {
        Disk disk = new PackedDisk(ReadOnlyDisk.of(folder, List.of(folder)), true);
        List<SegmentHeader> segments = new ArrayList<>();
        LedgerScan.link(folder, disk, segments, new ArrayList<>());
        return new ArchivedLedger(folder, disk, segments);
    }

    /** Index of the oldest record, of those that follow on one another to the newest. */
    public long first() {
        return segments.getFirst().firstIndex();
    }

    /** Meets records. */
    @FunctionalInterface
    public interface Visitor {
        /** @return whether to go on */
        boolean record(long index, LedgerRecord record);
    }

    /**
     * Meets all intact records from an index on, in order.
     *
     * @return index behind the last one that there is
     */
    public long walk(long from, Visitor visitor) throws IOException {
        boolean[] goesOn = {true};
        long[] end = {first()};
        for (int i = 0; i < segments.size() && goesOn[0]; i++) {
            SegmentHeader segment = segments.get(i);
            List<SegmentHeader> behind = segments.subList(i + 1, segments.size());
            boolean passed = !behind.isEmpty() && behind.getFirst().firstIndex() <= from;
            if (!passed) {
                SegmentScan scan = SegmentScan.of(
                        folder,
                        disk,
                        segment,
                        behind.stream().findFirst().filter(next -> next.previous() == segment.number()),
                        (start, _, payload) -> {
                            long index = start.index();
                            for (LedgerRecord record : CommitCodec.records(payload)) {
                                if (index >= from && goesOn[0]) {
                                    goesOn[0] = visitor.record(index, record);
                                }
                                index++;
                            }
                            end[0] = Math.max(end[0], index);
                        });
                scan.damages.forEach(damage -> damages.add("segment " + segment.fileName() + ", offset "
                        + damage.offset() + ": " + damage.what() + " (records " + damage.fromIndex() + " to "
                        + damage.toIndex() + ")"));
            }
        }
        return end[0];
    }

    /** What was not as it was written, of all that was walked through. */
    public List<String> damages() {
        return List.copyOf(damages);
    }
}
