package dev.keytrail.store;

import dev.keytrail.call.Change;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The state that decides, in memory. Any thread reads, without lock or I/O; one thread at a time publishes.
 *
 * <p>A row's version is the identity of its {@link Slot}: each write makes a new one. A row that is absent, was absent
 * when it was read, and came and went in between, counts as unchanged, for the decision would be the same.
 */
final class Rows {
    private final Map<Table<?>, TableRows<?>> tables = new HashMap<>();

    Rows(Collection<? extends Table<?>> known) {
        for (Table<?> table : known) {
            if (tables.put(table, new TableRows<>(table)) != null) {
                throw new IllegalArgumentException("two tables are called " + table);
            }
        }
    }

    /** One written value. Compared by identity only. */
    static final class Slot<T> {
        final T value;

        Slot(T value) {
            this.value = value;
        }
    }

    /** A change ready to be published: the new slot, or none for a deletion. */
    record Prepared<T>(
            TableRows<T> rows, String key, @Nullable Slot<T> slot) {
        void publish() {
            rows.publish(key, slot);
        }

        RowName name() {
            return new RowName(rows.table, key);
        }
    }

    record RowName(Table<?> table, String key) {}

    /** The rows of one table: hashed for reading, sorted for scanning. */
    static final class TableRows<T> {
        final Table<T> table;
        private final ConcurrentHashMap<String, Slot<T>> byKey = new ConcurrentHashMap<>();
        private final ConcurrentSkipListMap<String, Slot<T>> sorted = new ConcurrentSkipListMap<>();

        TableRows(Table<T> table) {
            this.table = table;
        }

        @Nullable
        Slot<T> slot(String key) {
            return byKey.get(key);
        }

        void publish(String key, @Nullable Slot<T> slot) {
            if (slot == null) {
                byKey.remove(key);
                sorted.remove(key);
            } else {
                byKey.put(key, slot);
                sorted.put(key, slot);
            }
        }

        /** Publishes a row as it was stored. */
        void restore(String key, byte[] coded) {
            publish(key, new Slot<>(table.codec().decode(coded)));
        }

        void clear() {
            byKey.clear();
            sorted.clear();
        }

        Iterator<State.Row<T>> scan(String prefix, String after) {
            ConcurrentNavigableMap<String, Slot<T>> from =
                    after.compareTo(prefix) >= 0 ? sorted.tailMap(after, false) : sorted.tailMap(prefix, true);
            return new PrefixIterator<>(from.entrySet().iterator(), prefix);
        }
    }

    boolean knows(Table<?> table) {
        return tables.containsKey(table);
    }

    /** Refuses a table that was not named when the store was opened. */
    @SuppressWarnings("unchecked")
    <T> TableRows<T> of(Table<T> table) {
        TableRows<?> rows = tables.get(table);
        if (rows == null) {
            throw new IllegalArgumentException("the store was opened without table " + table);
        }
        return (TableRows<T>) rows;
    }

    Collection<TableRows<?>> all() {
        return tables.values();
    }

    void clear() {
        tables.values().forEach(TableRows::clear);
    }

    Reading read() {
        return new Reading(this);
    }

    <T> Prepared<T> prepare(Change<T> change) {
        return switch (change) {
            case Change.Put<T> put -> new Prepared<>(of(put.table()), put.key(), new Slot<>(put.value()));
            case Change.Delete<T> delete -> new Prepared<>(of(delete.table()), delete.key(), null);
        };
    }

    List<Prepared<?>> prepare(List<Change<?>> changes) {
        List<Prepared<?>> prepared = new ArrayList<>(changes.size());
        for (Change<?> change : changes) {
            prepared.add(prepare(change));
        }
        return prepared;
    }

    /** What one attempt reads, with the slots it saw. One thread at a time. */
    static final class Reading implements State {
        private final Rows rows;
        private final List<Seen> seen = new ArrayList<>();

        private Reading(Rows rows) {
            this.rows = rows;
        }

        boolean isOf(Rows other) {
            return rows == other;
        }

        @Override
        public <T> Optional<T> get(Table<T> table, String key) {
            TableRows<T> of = rows.of(table);
            Slot<T> slot = of.slot(key);
            seen.add(new Seen(of, key, slot));
            return slot == null ? Optional.empty() : Optional.of(slot.value);
        }

        @Override
        public <T> Iterable<Row<T>> scan(Table<T> table, String prefix, String after) {
            TableRows<T> of = rows.of(table);
            return () -> of.scan(prefix, after);
        }

        /**
         * The first row read that is no longer as it was seen.
         *
         * @param ahead changes that come before, and are not published yet
         */
        Optional<RowName> changed(Map<RowName, Prepared<?>> ahead) {
            for (Seen one : seen) {
                Slot<?> now = one.rows.slot(one.key);
                if (!ahead.isEmpty()) {
                    RowName name = new RowName(one.rows.table, one.key);
                    Prepared<?> pending = ahead.get(name);
                    if (pending != null) {
                        now = pending.slot();
                    }
                }
                if (now != one.slot) {
                    return Optional.of(new RowName(one.rows.table, one.key));
                }
            }
            return Optional.empty();
        }

        private record Seen(
                TableRows<?> rows, String key, @Nullable Slot<?> slot) {}
    }

    private static final class PrefixIterator<T> implements Iterator<State.Row<T>> {
        private final Iterator<Map.Entry<String, Slot<T>>> source;
        private final String prefix;
        private State.@Nullable Row<T> next;

        PrefixIterator(Iterator<Map.Entry<String, Slot<T>>> source, String prefix) {
            this.source = source;
            this.prefix = prefix;
            advance();
        }

        private void advance() {
            next = null;
            if (source.hasNext()) {
                Map.Entry<String, Slot<T>> entry = source.next();
                // Sorted from the prefix on, so the first key without it is behind all that have it.
                if (entry.getKey().startsWith(prefix)) {
                    next = new State.Row<>(entry.getKey(), entry.getValue().value);
                }
            }
        }

        @Override
        public boolean hasNext() {
            return next != null;
        }

        @Override
        public State.Row<T> next() {
            State.Row<T> row = next;
            if (row == null) {
                throw new NoSuchElementException();
            }
            advance();
            return row;
        }
    }
}
