package dev.keytrail.call;

import java.util.List;

/**
 * The append-only ledger and the state that stands on it.
 *
 * <p>Thread-safe. Commits are totally ordered; every record gets the next index, without holes. State is visible to
 * {@link #read()} only once it is durable.
 */
public interface Ledger {
    /** A fresh view of the newest durable state, for one attempt. */
    State read();

    /**
     * Commits changes and records in one act: all or nothing, durable on return.
     *
     * @param basis what the decision was made on, from {@link #read()}
     * @return the index of the first record (or of the next one, when there are none)
     * @throws Conflict something {@code basis} read has changed: nothing was committed, decide again
     * @throws LedgerUnavailable the ledger could not take it in bounded time: nothing has changed
     */
    long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records);

    /** Index of the next record: all smaller ones are durable, and a {@link #read()} made later shows their changes. */
    long end();

    /**
     * Index of the oldest record that is still here; smaller ones were dropped under the operator's retention. Grows, and
     * what is being read when it does may be refused as {@link LedgerUnavailable}.
     */
    default long first() {
        return 0;
    }

    /**
     * Records from {@code index} on, in order, up to the durable end at the time of the call. Close it.
     *
     * @throws IllegalArgumentException beyond {@link #end()} or before {@link #first()}
     */
    Cursor records(long index);

    /** Walks the ledger forward. Not thread-safe. */
    interface Cursor extends AutoCloseable {
        boolean next();

        long index();

        LedgerRecord record();

        /** The record's {@link LedgerRecord#json} alone, which may be had for less. */
        default Bytes json() {
            return record().json();
        }

        @Override
        void close();
    }

    /** A lost race. No stack trace. */
    final class Conflict extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public Conflict(String row) {
            super(row, null, false, false);
        }
    }

    /** The ledger cannot be written now (disk full, I/O error, shut down, too many waiting). Retryable. */
    final class LedgerUnavailable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        public LedgerUnavailable(String reason) {
            super(reason, null, false, false);
        }
    }
}
