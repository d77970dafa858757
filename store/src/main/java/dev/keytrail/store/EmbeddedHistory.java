package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/** Event history as the index and, in front of it, the tail that is not indexed yet. */
final class EmbeddedHistory implements HistoryIndex {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Tail tail;
    private final Indexer indexer;
    private final LongSupplier end;

    EmbeddedHistory(Tail tail, Indexer indexer, LongSupplier end) {
        this.tail = tail;
        this.indexer = indexer;
        this.end = end;
    }

    @Override
    public int forget(ToLongFunction<String> earliestSecond, int most) {
        return indexer.forget(earliestSecond, most);
    }

    @Override
    public Page find(Lookup lookup) {
        // The tail first: what moves into the index meanwhile is then seen twice, and never not at all.
        Tail.View newest = tail.view(lookup, end.getAsLong());
        indexer.await(newest.floor(), PATIENCE);
        TreeMap<Position, Found> merged = new TreeMap<>();
        newest.matches().forEach(found -> merged.put(found.position(), found));
        indexer.find(lookup).forEach(found -> merged.put(found.position(), found));
        List<Found> page = merged.values().stream().limit(lookup.limit()).toList();
        return new Page(page, merged.size() > lookup.limit());
    }
}
