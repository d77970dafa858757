package dev.keytrail.store;

import dev.keytrail.call.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The segments that make up the ledger, in order, and marks telling where records are, one for each segment and each
 * {@value #MARK_EVERY_BYTES} bytes that have been walked. Thread-safe; one thread adds segments.
 */
final class Segments {
    private static final int MARK_EVERY_BYTES = 1 << 20;

    private final ConcurrentSkipListMap<Long, SegmentHeader> chain = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Long, LogPosition> marks = new ConcurrentSkipListMap<>();

    private final Set<Long> bases = ConcurrentHashMap.newKeySet();
    private volatile Optional<Foundation> base = Optional.empty();

    /** What stands before the first segment, if others were there. */
    Optional<Foundation> base() {
        return base;
    }

    /** Whether what lies there can be read: a segment, or a base. */
    boolean isReadable(long place) {
        return place < 0 ? bases.contains(place) : contains(place);
    }

    /** From now on the base may be read; the ledger does not begin with it yet. */
    void announce(Foundation coming) {
        bases.add(coming.place());
    }

    void beginWith(Foundation begin) {
        announce(begin);
        base = Optional.of(begin);
        bases.retainAll(Set.of(begin.place()));
        chain.headMap(begin.kept().number()).clear();
        marks.headMap(begin.kept().firstIndex()).clear();
        marks.put(begin.kept().firstIndex(), begin.kept().start());
    }

    void add(SegmentHeader header) {
        chain.put(header.number(), header);
        marks.put(header.firstIndex(), header.start());
    }

    SegmentHeader first() {
        return chain.firstEntry().getValue();
    }

    /** The first segment that begins with that record. */
    Optional<SegmentHeader> beginningAt(long index) {
        return chain.values().stream()
                .filter(segment -> segment.firstIndex() == index)
                .findFirst();
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
        Map.Entry<Long, LogPosition> mark = marks.floorEntry(index);
        if (mark == null) {
            throw new Ledger.LedgerUnavailable("record " + index + " was dropped");
        }
        return mark.getValue();
    }
}
