package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Ledger;
import java.util.Optional;

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

    /** The ledger's files as they are durable now; empty for a store that keeps none. */
    default Optional<LedgerFiles> files() {
        return Optional.empty();
    }

    /** Lets waiting commits finish, then refuses new ones; durable stores are written out whole. Idempotent. */
    @Override
    void close();
}
