package dev.keytrail.store;

import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Goes through one list of the history index, newest first, from a place on. One thread; the iterator stays the caller's. */
final class HistoryWalk {
    private final RocksIterator chunks;
    private final HistoryEntry from;

    /** Chunks that have begun. They seldom overlap, so there are few. */
    private final PriorityQueue<Open> open = new PriorityQueue<>();

    /** Where the next chunk begins; null behind the last one. */
    private @Nullable HistoryEntry coming;

    /** @param from nothing before it in the list is met; its place in the ledger means nothing */
    HistoryWalk(RocksIterator chunks, HistoryEntry from) {
        this.chunks = chunks;
        this.from = from;
        chunks.seek(begin(from));
        look();
    }

    /** The key before which no chunk has an entry at or behind {@code from}. */
    static byte[] begin(HistoryEntry from) {
        long newest = from.seconds() > Long.MAX_VALUE - HistoryChunk.SPAN_SECONDS
                ? Long.MAX_VALUE
                : from.seconds() + HistoryChunk.SPAN_SECONDS;
        return HistoryKeys.key(from.shelf(), from.match(), newest, Long.MAX_VALUE);
    }

    private static final class Open implements Comparable<Open> {
        private final List<HistoryEntry> entries;
        private int at;

        Open(List<HistoryEntry> entries) {
            this.entries = entries;
        }

        HistoryEntry entry() {
            return entries.get(at);
        }

        @Override
        public int compareTo(Open other) {
            return HistoryEntry.ORDER.compare(entry(), other.entry());
        }
    }

    Optional<HistoryEntry> next() throws RocksDBException {
        while (true) {
            while (coming != null
                    && (open.isEmpty()
                            || HistoryEntry.ORDER.compare(coming, open.peek().entry()) <= 0)) {
                open.add(new Open(HistoryChunk.decode(chunks.key(), chunks.value())));
                chunks.next();
                look();
            }
            Open newest = open.poll();
            if (newest == null) {
                chunks.status();
                return Optional.empty();
            }
            HistoryEntry entry = newest.entry();
            newest.at++;
            if (newest.at < newest.entries.size()) {
                open.add(newest);
            }
            if (HistoryEntry.ORDER.compare(entry, from) >= 0) {
                return Optional.of(entry);
            }
        }
    }

    private void look() {
        coming = null;
        if (chunks.isValid() && HistoryKeys.isOne(chunks.key())) {
            HistoryEntry next = HistoryKeys.entry(chunks.key(), 0, 0);
            coming = next.isOfListOf(from) ? next : null;
        }
    }
}
