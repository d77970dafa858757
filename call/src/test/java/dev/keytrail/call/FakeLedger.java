package dev.keytrail.call;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A ledger in plain memory for the tests of rooms that cannot see a store. One lock, so a state never moves while it is
 * read; passes {@link LedgerContract} like the real ones.
 */
public final class FakeLedger implements Ledger {
    private final Map<String, TreeMap<String, Object>> tables = new HashMap<>();
    private final List<LedgerRecord> records = new ArrayList<>();
    private long first;
    private boolean unavailable;

    @Override
    public State read() {
        return new Reading();
    }

    @Override
    public synchronized long commit(State basis, List<Change<?>> changes, List<LedgerRecord> added) {
        if (!(basis instanceof Reading reading) || reading.ledger() != this) {
            throw new IllegalArgumentException("basis was not read from this ledger");
        }
        if (unavailable) {
            throw new LedgerUnavailable("told to be unavailable");
        }
        for (Seen seen : reading.seen) {
            // Identity, not equality: a row written again with an equal value has changed.
            if (rows(seen.table()).get(seen.key()) != seen.value()) {
                throw new Conflict(seen.table() + " " + seen.key());
            }
        }
        for (Change<?> change : changes) {
            apply(change);
        }
        long index = records.size();
        records.addAll(added);
        return index;
    }

    @Override
    public synchronized long end() {
        return records.size();
    }

    @Override
    public synchronized long first() {
        return first;
    }

    @Override
    public synchronized Cursor records(long index) {
        if (index < first || index > records.size()) {
            throw new IllegalArgumentException("index " + index + " of " + records.size());
        }
        return new ListCursor(index, List.copyOf(records.subList((int) index, records.size())));
    }

    /** Every record so far, in order; also those that were dropped. */
    public synchronized List<LedgerRecord> all() {
        return List.copyOf(records);
    }

    /** Sets one row, without a record: how a test prepares its world. */
    public synchronized <T> void put(Table<T> table, String key, T value) {
        apply(Change.put(table, key, value));
    }

    /** No record before {@code end} is there for readers any more. */
    public synchronized void drop(long end) {
        if (end < first || end > records.size()) {
            throw new IllegalArgumentException("end " + end + " of " + first + " to " + records.size());
        }
        first = end;
    }

    /** While true every commit is refused with {@link LedgerUnavailable}. */
    public synchronized void unavailable(boolean refuse) {
        unavailable = refuse;
    }

    private <T> void apply(Change<T> change) {
        switch (change) {
            case Change.Put<T> put -> rows(put.table()).put(put.key(), box(put));
            case Change.Delete<T> delete -> rows(delete.table()).remove(delete.key());
        }
    }

    /** A fresh object for each write, so that identity is the row's version; it also proves that the codec works. */
    private static <T> Object box(Change.Put<T> put) {
        RowCodec<T> codec = put.table().codec();
        return new Box<>(codec.decode(codec.encode(put.value())));
    }

    private TreeMap<String, Object> rows(Table<?> table) {
        return tables.computeIfAbsent(table.name(), _ -> new TreeMap<>());
    }

    /** Not a record: two boxes are never equal. */
    private static final class Box<T> {
        private final T value;

        Box(T value) {
            this.value = value;
        }

        @SuppressWarnings("unchecked")
        static <T> T open(Object box) {
            return ((Box<T>) box).value;
        }
    }

    private record Seen(Table<?> table, String key, Object value) {}

    private final class Reading implements State {
        private final List<Seen> seen = new ArrayList<>();

        FakeLedger ledger() {
            return FakeLedger.this;
        }

        @Override
        public <T> Optional<T> get(Table<T> table, String key) {
            synchronized (FakeLedger.this) {
                Object box = rows(table).get(key);
                seen.add(new Seen(table, key, box));
                return box == null ? Optional.empty() : Optional.of(Box.open(box));
            }
        }

        @Override
        public <T> Iterable<Row<T>> scan(Table<T> table, String prefix, String after) {
            synchronized (FakeLedger.this) {
                List<Row<T>> found = new ArrayList<>();
                rows(table).forEach((key, box) -> {
                    if (key.startsWith(prefix) && key.compareTo(after) > 0) {
                        found.add(new Row<>(key, Box.open(box)));
                    }
                });
                return found;
            }
        }
    }

    private static final class ListCursor implements Cursor {
        private final long first;
        private final List<LedgerRecord> list;
        private int at = -1;

        ListCursor(long first, List<LedgerRecord> list) {
            this.first = first;
            this.list = list;
        }

        @Override
        public boolean next() {
            if (at < list.size()) {
                at++;
            }
            return at < list.size();
        }

        @Override
        public long index() {
            record();
            return first + at;
        }

        @Override
        public LedgerRecord record() {
            if (at < 0 || at >= list.size()) {
                throw new NoSuchElementException("cursor stands on no record");
            }
            return Objects.requireNonNull(list.get(at));
        }

        @Override
        public void close() {}
    }
}
