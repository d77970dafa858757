package dev.keytrail.store;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One commit on its way: made and awaited by the caller's thread, settled once by whoever has taken it off the queue. */
final class Commit {
    /** How many are woken at first: enough to keep every processor busy. */
    private static final int WAKERS = Math.max(2, Runtime.getRuntime().availableProcessors());

    final Rows.Reading basis;
    final List<Rows.Prepared<?>> changes;
    final List<LedgerRecord> records;
    /** Coded by {@link CommitCodec}; empty when there is nothing to write. */
    private final byte[] payload;

    /** The watchdog's tick at which it was handed in. */
    final int tick;

    private final Thread waiter = Thread.currentThread();
    /** Whom to wake when awake; written before the outcome and read after it. */
    private @Nullable Commit next;

    private volatile @Nullable Outcome outcome;

    Commit(Rows.Reading basis, List<Rows.Prepared<?>> changes, List<LedgerRecord> records, byte[] payload, int tick) {
        this.basis = basis;
        this.changes = changes;
        this.records = records;
        this.payload = payload;
        this.tick = tick;
    }

    sealed interface Outcome {
        record Done(long firstIndex) implements Outcome {}

        record Lost(String row) implements Outcome {}

        record Unavailable(String reason) implements Outcome {}
    }

    byte[] payload() {
        return payload;
    }

    void settle(Outcome settled) {
        outcome = settled;
        LockSupport.unpark(waiter);
    }

    /**
     * Settles all as done, in order from the index on, and wakes the first ones; each of them wakes another. Waking a
     * virtual thread from one costs a fraction of waking it from the committer's thread, which has a sync to do.
     */
    static void settleDone(List<Commit> commits, long firstIndex) {
        long index = firstIndex;
        for (int i = 0; i < commits.size(); i++) {
            Commit commit = commits.get(i);
            commit.next = i + WAKERS < commits.size() ? commits.get(i + WAKERS) : null;
            commit.outcome = new Outcome.Done(index);
            index += commit.records.size();
        }
        for (int i = 0; i < Math.min(WAKERS, commits.size()); i++) {
            LockSupport.unpark(commits.get(i).waiter);
        }
    }

    /** Parks until settled. An interruption is kept for later: the commit may already be on its way to the disk. */
    long await() {
        boolean interrupted = false;
        Outcome settled = outcome;
        while (settled == null) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
            settled = outcome;
        }
        Commit other = next;
        if (other != null) {
            LockSupport.unpark(other.waiter);
        }
        if (interrupted) {
            waiter.interrupt();
        }
        return switch (settled) {
            case Outcome.Done done -> done.firstIndex();
            case Outcome.Lost lost -> throw new Ledger.Conflict(lost.row());
            case Outcome.Unavailable unavailable -> throw new Ledger.LedgerUnavailable(unavailable.reason());
        };
    }
}
