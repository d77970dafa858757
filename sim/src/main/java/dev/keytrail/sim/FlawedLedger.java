package dev.keytrail.sim;

import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.testkit.ForwardingLedger;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** A ledger that breaks the promise on which decisions stand, to see that a contest shows it. Thread-safe as its real one. */
final class FlawedLedger extends ForwardingLedger {
    /** So many reads get the same state. */
    private static final int STALE_READS = 50;

    private final boolean stale;
    private final AtomicInteger reads = new AtomicInteger();
    private final Map<String, Optional<?>> old = new ConcurrentHashMap<>();

    FlawedLedger(Ledger real, Contest.Flaw flaw) {
        super(real);
        this.stale = flaw == Contest.Flaw.READS_STALE;
    }

    @Override
    public State read() {
        if (reads.incrementAndGet() % STALE_READS == 0) {
            old.clear();
        }
        return stale ? new OldState(real.read()) : real.read();
    }

    /** Rows as they were when somebody read them some time ago. */
    private final class OldState implements State {
        private final State now;

        OldState(State now) {
            this.now = now;
        }

        @Override
        @SuppressWarnings("unchecked") // a name stands for one table, a table for one type
        public <T> Optional<T> get(Table<T> table, String key) {
            return (Optional<T>) old.computeIfAbsent(table.name() + " " + key, _ -> now.get(table, key));
        }

        @Override
        public <T> Iterable<Row<T>> scan(Table<T> table, String prefix, String after) {
            return now.scan(table, prefix, after);
        }
    }

    @Override
    public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
        return real.commit(real.read(), changes, records);
    }
}
