package dev.keytrail.crypto;

import dev.keytrail.call.Change;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.Optional;

/**
 * How the secrets in one table's rows come under the newest root key. Each room lists its own; a table with wrapped secrets
 * that is in no list would lose them when the old root key is retired (held by a test).
 *
 * @param row gives the row with its secrets wrapped anew; empty when all of them are already
 */
public record Rewrapping<T>(Table<T> table, Row<T> row) {
    /** Wraps one row's secrets anew. */
    @FunctionalInterface
    public interface Row<T> {
        Optional<T> renewed(Vault vault, T row);
    }

    /** The change of one row; empty when there is none to make, or no such row any more. Remembers the row as read. */
    public Optional<Change<?>> change(Vault vault, State state, String key) {
        return state.get(table, key)
                .flatMap(value -> row.renewed(vault, value))
                .map(value -> Change.put(table, key, value));
    }
}
