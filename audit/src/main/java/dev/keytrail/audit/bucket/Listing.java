package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One page of a bucket's keys in the order of their UTF-8 bytes, those with a delimiter after the prefix rolled up into
 * common prefixes. Costs one seek per page and per common prefix, however many keys a common prefix hides.
 *
 * @param next where the following page starts, when there is one
 */
record Listing(List<Item> items, Optional<Place> next) {
    Listing {
        items = List.copyOf(items);
    }

    /** What a listing shows, by its decoded name. */
    sealed interface Item {
        String name();
    }

    record Entry(String name, ObjectRow object) implements Item {}

    record CommonPrefix(String name) implements Item {}

    /**
     * A place between two items.
     *
     * @param coded everything up to and including this coded key or common prefix is behind
     * @param rolledUp whether it is a common prefix: then all keys that start with it are behind too
     */
    record Place(String coded, boolean rolledUp) {
        static final Place START = new Place("", false);

        /** After a key, or after the common prefix that it is, as {@code marker} and {@code start-after} mean it. */
        static Place after(String key, String prefix, Optional<String> delimiter) {
            String coded = ObjectKeys.code(key);
            boolean rolledUp = key.startsWith(prefix)
                    && group(coded, ObjectKeys.code(prefix).length(), delimiter.map(ObjectKeys::code))
                            .equals(Optional.of(coded));
            return new Place(coded, rolledUp);
        }

        String rowAfter(String base) {
            return coded.isEmpty() ? "" : base + coded + (rolledUp ? ObjectKeys.AFTER_ALL : "");
        }
    }

    static Listing of(State state, String bucket, String prefix, Optional<String> delimiter, Place from, int itemsMax) {
        String base = ObjectKeys.base(bucket);
        String codedPrefix = ObjectKeys.code(prefix);
        Optional<String> codedDelimiter = delimiter.map(ObjectKeys::code);
        List<Item> items = new ArrayList<>();
        Place last = from;
        Place behind = from;
        boolean more = itemsMax > 0;
        while (more) {
            more = false;
            for (State.Row<ObjectRow> row :
                    state.scan(BucketTables.OBJECTS, base + codedPrefix, behind.rowAfter(base))) {
                String coded = row.key().substring(base.length());
                if (items.size() == itemsMax) {
                    return new Listing(items, Optional.of(last));
                }
                Optional<String> group = group(coded, codedPrefix.length(), codedDelimiter);
                if (group.isPresent()) {
                    items.add(new CommonPrefix(ObjectKeys.decode(group.get())));
                    last = new Place(group.get(), true);
                    behind = last;
                    more = true;
                    break;
                }
                items.add(new Entry(ObjectKeys.decode(coded), row.value()));
                last = new Place(coded, false);
            }
        }
        return new Listing(items, Optional.empty());
    }

    /** The common prefix that a key is rolled up into. Coded delimiters match at whole characters only (UTF-8). */
    static Optional<String> group(String coded, int prefixLength, Optional<String> delimiter) {
        if (delimiter.isEmpty()) {
            return Optional.empty();
        }
        int at = coded.indexOf(delimiter.get(), prefixLength);
        return at < 0
                ? Optional.empty()
                : Optional.of(coded.substring(0, at + delimiter.get().length()));
    }
}
