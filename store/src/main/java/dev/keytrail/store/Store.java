package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** A ledger with the history index that stands on it. Thread-safe; closed once, by whoever opened it. */
public interface Store extends AutoCloseable {
    Ledger ledger();

    HistoryIndex history();

    StoreMetrics metrics();

    /**
     * Makes one stretch of what is not written any more smaller on disk; nothing else about it changes.
     *
     * @return whether there was one
     */
    default boolean pack() {
        return false;
    }

    /**
     * Bytes of the ledger from a record on, as they were written; where that record has not been walked since the start, from
     * the beginning of its segment. 0 for a store that keeps none.
     */
    default long bytesFrom(long index) {
        return 0;
    }

    /**
     * Where the ledger could begin: whole packed stretches whose records may all go.
     *
     * @param before the first record that must stay
     * @param old whether a record may go
     * @return index of the first record behind; empty when nothing can go
     */
    default OptionalLong retirable(long before, Predicate<LedgerRecord> old) throws IOException {
        return OptionalLong.empty();
    }

    /**
     * Keeps aside what all before {@code end} came to, durably; the same each time. Nothing is dropped yet.
     *
     * @param end from {@link #retirable}
     * @param lasting which records history shows for ever: of those the newest of each resource stays to be found
     */
    default Retired retire(long end, Predicate<LedgerRecord> lasting) throws IOException {
        throw new IllegalArgumentException("nothing to retire");
    }

    /**
     * Drops all before {@code end}, which {@link #retire} has been called for and whose record is durable. Interrupted, the
     * next start finishes it.
     *
     * @return false while that is not possible: somebody reads the files, or {@code retire} has to be called again
     */
    default boolean drop(long end) throws IOException {
        return false;
    }

    /** The ledger's files as they are durable now, to be closed; empty for a store that keeps none. */
    default Optional<LedgerFiles> files() {
        return Optional.empty();
    }

    /** The same store with its ledger seen through another: how simulations and tests make it fail. Closing either closes it. */
    default Store withLedger(Ledger other) {
        return new WithLedger(this, other);
    }

    /** Lets waiting commits finish, then refuses new ones; durable stores are written out whole. Idempotent. */
    @Override
    void close();
}
