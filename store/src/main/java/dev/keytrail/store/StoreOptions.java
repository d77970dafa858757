package dev.keytrail.store;

import java.time.Duration;

/**
 * How an embedded store behaves.
 *
 * @param segmentBytes size of one log file, allocated ahead; 64 KiB to 1 GiB
 * @param queueMax commits that may wait; one more is refused at once
 * @param commitTimeout after which a commit is refused that the disk has not taken
 * @param indexing false leaves the views out: no event history, and each start reads the whole ledger (for measuring)
 * @param headroomBytes free space that the ledger leaves to the views and to a clean stop: below it no new segment is
 *     begun and, once the present ones are full, commits are refused
 * @param tailRecordsMax newest records kept in memory for look-ups until they are indexed
 */
public record StoreOptions(
        int segmentBytes,
        int queueMax,
        Duration commitTimeout,
        boolean indexing,
        long headroomBytes,
        int tailRecordsMax) {
    private static final int SEGMENT_BYTES_MIN = 64 << 10;
    private static final int SEGMENT_BYTES_MAX = 1 << 30;

    public StoreOptions {
        if (segmentBytes < SEGMENT_BYTES_MIN || segmentBytes > SEGMENT_BYTES_MAX) {
            throw new IllegalArgumentException("segmentBytes " + segmentBytes);
        }
        if (queueMax < 2 || tailRecordsMax < 1 || headroomBytes < 0 || commitTimeout.toMillis() < 100) {
            throw new IllegalArgumentException("queueMax " + queueMax + ", tailRecordsMax " + tailRecordsMax
                    + ", headroomBytes " + headroomBytes + ", commitTimeout " + commitTimeout);
        }
    }

    public static StoreOptions defaults() {
        return new StoreOptions(64 << 20, 8192, Duration.ofSeconds(2), true, 128L << 20, 16_384);
    }

    public StoreOptions withSegmentBytes(int bytes) {
        return new StoreOptions(bytes, queueMax, commitTimeout, indexing, headroomBytes, tailRecordsMax);
    }

    public StoreOptions withQueueMax(int commits) {
        return new StoreOptions(segmentBytes, commits, commitTimeout, indexing, headroomBytes, tailRecordsMax);
    }

    public StoreOptions withCommitTimeout(Duration timeout) {
        return new StoreOptions(segmentBytes, queueMax, timeout, indexing, headroomBytes, tailRecordsMax);
    }

    public StoreOptions withIndexing(boolean on) {
        return new StoreOptions(segmentBytes, queueMax, commitTimeout, on, headroomBytes, tailRecordsMax);
    }

    public StoreOptions withHeadroomBytes(long bytes) {
        return new StoreOptions(segmentBytes, queueMax, commitTimeout, indexing, bytes, tailRecordsMax);
    }

    public StoreOptions withTailRecordsMax(int records) {
        return new StoreOptions(segmentBytes, queueMax, commitTimeout, indexing, headroomBytes, records);
    }
}
