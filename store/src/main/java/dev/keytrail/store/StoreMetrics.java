package dev.keytrail.store;

/**
 * How a store is doing at one moment.
 *
 * @param waitingCommits commits handed in and not yet answered
 * @param lastSyncMicros how long the newest write to the disk took, in microseconds; 0 before the first
 * @param indexLagRecords durable records that the history index has still to take in
 * @param freeBytes room left where the store writes (disk, or heap for the one in memory)
 */
public record StoreMetrics(int waitingCommits, long lastSyncMicros, long indexLagRecords, long freeBytes) {}
