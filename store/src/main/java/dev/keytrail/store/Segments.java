package dev.keytrail.store;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The segments that make up the ledger, in order, and marks telling where records are, one for each segment and each
 * {@value #MARK_EVERY_BYTES} bytes that have been walked. Thread-safe; one thread adds segments.
 */
final class Segments {
    private static final int MARK_EVERY_BYTES = 1 << 20;

    private final ConcurrentSkipListMap<Long, SegmentHeader> chain = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Long, LogPosition> marks = new ConcurrentSkipListMap<>();

    void add(SegmentHeader header) {
        chain.put(header.number(), header);
        marks.put(header.firstIndex(), header.start());
    }

    SegmentHeader first() {
        return chain.firstEntry().getValue();
    }

    SegmentHeader last() {
        return chain.lastEntry().getValue();
    }

    boolean contains(long number) {
        return chain.containsKey(number);
    }

    /** All but so many of the newest, the oldest first. */
    List<SegmentHeader> allBut(int newest) {
        List<SegmentHeader> all = new ArrayList<>(chain.values());
        return all.subList(0, Math.max(0, all.size() - newest));
    }

    /** The segment behind; empty for the one being written. */
    Optional<SegmentHeader> after(long number) {
        return Optional.ofNullable(chain.higherEntry(number)).map(Map.Entry::getValue);
    }

    /** The position moved on to the next segment where it stands at the end of its own. */
    LogPosition hop(LogPosition at) {
        LogPosition now = at;
        Optional<SegmentHeader> next = after(now.segment());
        while (next.isPresent() && next.get().previousEnd() == now.offset()) {
            now = next.get().start();
            next = after(now.segment());
        }
        return now;
    }

    /** Remembers a position that someone has come to, if there is none close before it. */
    void mark(LogPosition at) {
        LogPosition before = nearest(at.index());
        if (before.segment() != at.segment() || at.offset() - before.offset() >= MARK_EVERY_BYTES) {
            marks.put(at.index(), at);
        }
    }

    /** A position at or before the record's frame. */
    LogPosition nearest(long index) {
        return marks.floorEntry(index).getValue();
    }
}
