package dev.keytrail.store;

import dev.keytrail.call.Bytes;

/**
 * Segments at the ledger's beginning that are ready to be dropped: what they came to is kept aside, durably.
 *
 * @param first index of the first record in them
 * @param end index of the first record behind them
 * @param base SHA-256 of what they came to
 * @param files their files as they lie on the disk, for an archive
 */
public record Retired(long first, long end, Bytes base, LedgerFiles files) {}
