package dev.keytrail.testkit;

import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import java.util.List;

/** A ledger that is another one, but for what a test overrides: to fail, to lose a race, to count. Thread-safe as that one. */
public class ForwardingLedger implements Ledger {
    protected final Ledger real;

    protected ForwardingLedger(Ledger real) {
        this.real = real;
    }

    @Override
    public State read() {
        return real.read();
    }

    @Override
    public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
        return real.commit(basis, changes, records);
    }

    @Override
    public long end() {
        return real.end();
    }

    @Override
    public long first() {
        return real.first();
    }

    @Override
    public Cursor records(long index) {
        return real.records(index);
    }
}
