package dev.keytrail.call;

import java.util.Optional;

/**
 * What an attempt may read: the newest committed rows. Reads take no lock and do no I/O.
 *
 * <p>{@link #get} is remembered together with the version seen (absence too); {@link Ledger#commit} refuses the commit if
 * any such row has changed since, so a decision is never committed on state it did not see. Scans are weakly consistent
 * and not remembered: a handler whose decision hangs on a scan must {@code get} a row that every competing change writes.
 *
 * <p>One attempt, one thread.
 */
public interface State {
    <T> Optional<T> get(Table<T> table, String key);

    /**
     * Rows whose key starts with {@code prefix} and is greater than {@code after} (empty string: from the first), in key
     * order, lazily.
     */
    <T> Iterable<Row<T>> scan(Table<T> table, String prefix, String after);

    /** One row met by a scan. */
    record Row<T>(String key, T value) {}
}
