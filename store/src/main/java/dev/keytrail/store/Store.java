package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Ledger;

/** A ledger with the history index that stands on it. Thread-safe; closed once, by whoever opened it. */
public interface Store extends AutoCloseable {
    Ledger ledger();

    HistoryIndex history();

    StoreMetrics metrics();

    /** Lets waiting commits finish, then refuses new ones; durable stores are written out whole. Idempotent. */
    @Override
    void close();
}
