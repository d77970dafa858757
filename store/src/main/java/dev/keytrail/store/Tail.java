package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.LedgerRecord;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The newest records, kept in memory until they are indexed. Bounded by count and by bytes: the oldest go first, and
 * look-ups then wait for the index. The committer adds, the indexer trims, any thread takes a view.
 */
final class Tail {
    private static final long BYTES_MAX = 32L << 20;

    private final int recordsMax;
    private final ConcurrentLinkedDeque<Chunk> chunks = new ConcurrentLinkedDeque<>();
    private final ReentrantLock lock = new ReentrantLock();
    private int records;
    private long bytes;

    Tail(int recordsMax) {
        this.recordsMax = recordsMax;
    }

    private record Chunk(long first, List<LedgerRecord> records) {
        long end() {
            return first + records.size();
        }

        long bytes() {
            long sum = 0;
            for (LedgerRecord record : records) {
                sum += record.json().size() + record.annex().size();
            }
            return sum;
        }
    }

    /**
     * What the tail had at one moment.
     *
     * @param floor all records from here to the end were seen; the smaller ones are the index's
     */
    record View(long floor, List<HistoryIndex.Found> matches) {}

    void add(long first, List<LedgerRecord> added) {
        Chunk chunk = new Chunk(first, added);
        lock.lock();
        try {
            chunks.addLast(chunk);
            records += added.size();
            bytes += chunk.bytes();
            while (records > recordsMax || bytes > BYTES_MAX) {
                removeOldest();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Forgets what the index has. */
    void trim(long indexed) {
        lock.lock();
        try {
            Chunk oldest = chunks.peekFirst();
            while (oldest != null && oldest.end() <= indexed) {
                removeOldest();
                oldest = chunks.peekFirst();
            }
        } finally {
            lock.unlock();
        }
    }

    private void removeOldest() {
        Chunk oldest = chunks.pollFirst();
        if (oldest != null) {
            records -= oldest.records().size();
            bytes -= oldest.bytes();
        }
    }

    /** @param end of the ledger when the look-up began: nothing smaller will be missing from view and index together */
    View view(HistoryIndex.Lookup lookup, long end) {
        List<HistoryIndex.Found> matches = new ArrayList<>();
        long floor = Long.MAX_VALUE;
        Iterator<Chunk> newestFirst = chunks.descendingIterator();
        while (newestFirst.hasNext()) {
            Chunk chunk = newestFirst.next();
            if (floor != Long.MAX_VALUE && chunk.end() != floor) {
                break;
            }
            floor = chunk.first();
            for (int i = 0; i < chunk.records().size(); i++) {
                HistoryIndex.Found found = new HistoryIndex.Found(
                        chunk.first() + i, chunk.records().get(i));
                if (isBehind(lookup, found.position()) && lookup.accepts(found.record())) {
                    matches.add(found);
                }
            }
        }
        return new View(Math.min(floor, end), matches);
    }

    static boolean isBehind(HistoryIndex.Lookup lookup, HistoryIndex.Position position) {
        return lookup.after().map(after -> position.compareTo(after) > 0).orElse(true);
    }
}
