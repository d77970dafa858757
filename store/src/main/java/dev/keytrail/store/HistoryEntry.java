package dev.keytrail.store;

import java.util.Comparator;
import java.util.List;

/**
 * That a record stands in a list of the history index, and where it lies in the ledger.
 *
 * @param shelf account, Region and category, hashed
 * @param match attribute and value, hashed; zero for the list of all
 * @param segment of the frame that the record is in
 * @param offset of that frame
 */
record HistoryEntry(long shelf, long match, long seconds, long index, long segment, int offset) {
    /** By list, and in a list newest first: as the keys are sorted. */
    static final Comparator<HistoryEntry> ORDER = (one, other) -> {
        int order = Long.compareUnsigned(one.shelf, other.shelf);
        if (order == 0) {
            order = Long.compareUnsigned(one.match, other.match);
        }
        if (order == 0) {
            order = Long.compare(other.seconds, one.seconds);
        }
        return order != 0 ? order : Long.compare(other.index, one.index);
    };

    /** Puts them in order, each once: names that hash alike would find their record twice. */
    static void sort(List<HistoryEntry> entries) {
        entries.sort(ORDER);
        int kept = 0;
        for (HistoryEntry entry : entries) {
            if (kept == 0 || ORDER.compare(entries.get(kept - 1), entry) != 0) {
                entries.set(kept, entry);
                kept++;
            }
        }
        entries.subList(kept, entries.size()).clear();
    }

    boolean isOfListOf(HistoryEntry other) {
        return shelf == other.shelf && match == other.match;
    }

    byte[] key() {
        return HistoryKeys.key(shelf, match, seconds, index);
    }
}
