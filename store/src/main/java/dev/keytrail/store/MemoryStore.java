package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Change;
import dev.keytrail.call.Histogram;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A store that forgets: for {@code serve --ephemeral} and simulation. "Durable" means in this process. Grows with every
 * record and never shrinks.
 */
public final class MemoryStore implements Store {
    private static final Histogram.Snapshot NO_WRITES = new Histogram().snapshot();

    private final Rows rows;
    private final MemoryHistory history = new MemoryHistory();
    private final MemoryLedger ledger = new MemoryLedger();

    private MemoryStore(List<Table<?>> tables) {
        rows = new Rows(tables);
    }

    /** @param tables every table that will ever be read or written */
    public static MemoryStore open(List<Table<?>> tables) {
        return new MemoryStore(tables);
    }

    @Override
    public Ledger ledger() {
        return ledger;
    }

    @Override
    public HistoryIndex history() {
        return history;
    }

    @Override
    public StoreMetrics metrics() {
        Runtime heap = Runtime.getRuntime();
        return new StoreMetrics(
                ledger.lock.getQueueLength(),
                0,
                0,
                heap.maxMemory() - heap.totalMemory() + heap.freeMemory(),
                Optional.empty(),
                NO_WRITES,
                NO_WRITES);
    }

    @Override
    public void close() {
        ledger.lock.lock();
        try {
            ledger.closed = true;
        } finally {
            ledger.lock.unlock();
        }
    }

    /** Fields are guarded by the lock; an element below {@code end} never changes again. */
    private final class MemoryLedger implements Ledger {
        private static final int FIRST_CAPACITY = 1024;

        private final ReentrantLock lock = new ReentrantLock();
        private @Nullable LedgerRecord[] records = new LedgerRecord[FIRST_CAPACITY];
        private volatile int end;
        private boolean closed;

        @Override
        public State read() {
            return rows.read();
        }

        @Override
        public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> added) {
            if (!(basis instanceof Rows.Reading reading) || !reading.isOf(rows)) {
                throw new IllegalArgumentException("basis was not read from this ledger");
            }
            List<Rows.Prepared<?>> prepared = rows.prepare(changes);
            lock.lock();
            try {
                if (closed) {
                    throw new LedgerUnavailable("the store is closed");
                }
                Optional<Rows.RowName> changed = reading.changed(Map.of());
                if (changed.isPresent()) {
                    throw new Conflict(changed.get().toString());
                }
                int first = end;
                // Rows first: whoever sees the new end also sees the changes of the records before it.
                prepared.forEach(Rows.Prepared::publish);
                append(added);
                return first;
            } finally {
                lock.unlock();
            }
        }

        private void append(List<LedgerRecord> added) {
            int first = end;
            if (records.length - first < added.size()) {
                records = Arrays.copyOf(records, Math.max(records.length * 2, first + added.size()));
            }
            for (int i = 0; i < added.size(); i++) {
                records[first + i] = added.get(i);
                history.add(first + i, added.get(i));
            }
            end = first + added.size();
        }

        @Override
        public long end() {
            return end;
        }

        @Override
        public Cursor records(long index) {
            lock.lock();
            try {
                if (index < 0 || index > end) {
                    throw new IllegalArgumentException("index " + index + " of " + end);
                }
                return new MemoryCursor(records, (int) index, end);
            } finally {
                lock.unlock();
            }
        }
    }

    private static final class MemoryCursor implements Ledger.Cursor {
        private final @Nullable LedgerRecord[] records;
        private final int first;
        private final int end;
        private int at;

        MemoryCursor(@Nullable LedgerRecord[] records, int first, int end) {
            this.records = records;
            this.first = first;
            this.end = end;
            this.at = first - 1;
        }

        @Override
        public boolean next() {
            at = Math.min(at + 1, end);
            return at < end;
        }

        @Override
        public long index() {
            if (at < first || at >= end) {
                throw new NoSuchElementException("cursor stands on no record");
            }
            return at;
        }

        @Override
        public LedgerRecord record() {
            return Objects.requireNonNull(records[(int) index()]);
        }

        @Override
        public void close() {}
    }
}
