package dev.keytrail.audit.bucket;

import dev.keytrail.call.Change;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A state as it will be once some changes are committed: for a request that does several things, of which the later ones
 * must see the earlier. Of several changes of one row the last counts. One attempt, one thread.
 */
final class Overlay implements State {
    private final State below;
    private final Map<Table<?>, TreeMap<String, Change<?>>> pending = new HashMap<>();

    Overlay(State below) {
        this.below = below;
    }

    void add(List<Change<?>> changes) {
        for (Change<?> change : changes) {
            pending.computeIfAbsent(change.table(), _ -> new TreeMap<>()).put(change.key(), change);
        }
    }

    /** All that is to be committed. */
    List<Change<?>> changes() {
        List<Change<?>> all = new ArrayList<>();
        pending.values().forEach(rows -> all.addAll(rows.values()));
        return all;
    }

    @Override
    public <T> Optional<T> get(Table<T> table, String key) {
        // Read below in any case: the commit is held against it.
        Optional<T> committed = below.get(table, key);
        Change<?> change = pending.getOrDefault(table, new TreeMap<>()).get(key);
        return change == null ? committed : value(table, change);
    }

    @SuppressWarnings("unchecked") // a change's value is its table's
    private static <T> Optional<T> value(Table<T> table, Change<?> change) {
        return change instanceof Change.Put<?> put && put.table() == table
                ? Optional.of((T) put.value())
                : Optional.empty();
    }

    /** Not lazy: rows behind a prefix that some change concerns are few here. */
    @Override
    public <T> Iterable<Row<T>> scan(Table<T> table, String prefix, String after) {
        TreeMap<String, Change<?>> changed = pending.getOrDefault(table, new TreeMap<>());
        if (changed.isEmpty()) {
            return below.scan(table, prefix, after);
        }
        Map<String, T> rows = new LinkedHashMap<>();
        below.scan(table, prefix, after).forEach(row -> rows.put(row.key(), row.value()));
        TreeMap<String, T> merged = new TreeMap<>(rows);
        changed.tailMap(after, false).forEach((key, change) -> {
            if (key.startsWith(prefix)) {
                value(table, change).ifPresentOrElse(value -> merged.put(key, value), () -> merged.remove(key));
            }
        });
        List<Row<T>> all = new ArrayList<>();
        merged.forEach((key, value) -> all.add(new Row<>(key, value)));
        return all;
    }
}
