package dev.keytrail.store;

import dev.keytrail.call.Histogram;
import java.util.Optional;

/**
 * How a store is doing at one moment.
 *
 * @param waitingCommits commits handed in and not yet answered
 * @param lastSyncMicros how long the newest write to the disk took, in microseconds; 0 before the first
 * @param indexLagRecords durable records that the history index has still to take in
 * @param freeBytes room left where the store writes (disk, or heap for the one in memory)
 * @param refusal why commits are refused now; empty while the ledger can be written
 * @param syncMicros how long writes to the disk have taken, sync included, since the start
 * @param batchCommits how many commits have shared one write
 */
public record StoreMetrics(
        int waitingCommits,
        long lastSyncMicros,
        long indexLagRecords,
        long freeBytes,
        Optional<String> refusal,
        Histogram.Snapshot syncMicros,
        Histogram.Snapshot batchCommits) {}
