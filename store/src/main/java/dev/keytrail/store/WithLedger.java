package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** @see Store#withLedger */
record WithLedger(Store real, Ledger ledger) implements Store {
    @Override
    public HistoryIndex history() {
        return real.history();
    }

    @Override
    public StoreMetrics metrics() {
        return real.metrics();
    }

    @Override
    public boolean pack() {
        return real.pack();
    }

    @Override
    public long bytesFrom(long index) {
        return real.bytesFrom(index);
    }

    @Override
    public OptionalLong retirable(long before, Predicate<LedgerRecord> old) throws IOException {
        return real.retirable(before, old);
    }

    @Override
    public Retired retire(long end, Predicate<LedgerRecord> lasting) throws IOException {
        return real.retire(end, lasting);
    }

    @Override
    public boolean drop(long end) throws IOException {
        return real.drop(end);
    }

    @Override
    public Optional<LedgerFiles> files() {
        return real.files();
    }

    @Override
    public void close() {
        real.close();
    }
}
