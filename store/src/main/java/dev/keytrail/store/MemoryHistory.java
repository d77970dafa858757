package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.LedgerRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** One sorted map for each account, Region and attribute value, and one for each account and Region. Thread-safe. */
final class MemoryHistory implements HistoryIndex {
    private record Shelf(String account, String region, Optional<Match> match) {}

    private final ConcurrentHashMap<Shelf, ConcurrentSkipListMap<Position, Found>> shelves = new ConcurrentHashMap<>();

    void add(long index, LedgerRecord record) {
        if (!HistoryIndex.shows(record)) {
            return;
        }
        Found found = new Found(index, record);
        put(new Shelf(record.account(), record.region(), Optional.empty()), found);
        for (Attribute attribute : Attribute.values()) {
            for (String value : attribute.valuesIn(record)) {
                put(new Shelf(record.account(), record.region(), Optional.of(new Match(attribute, value))), found);
            }
        }
    }

    private void put(Shelf shelf, Found found) {
        shelves.computeIfAbsent(shelf, _ -> new ConcurrentSkipListMap<>()).put(found.position(), found);
    }

    @Override
    public Page find(Lookup lookup) {
        ConcurrentSkipListMap<Position, Found> shelf =
                shelves.get(new Shelf(lookup.account(), lookup.region(), lookup.match()));
        if (shelf == null) {
            return new Page(List.of(), false);
        }
        Position newest = new Position(lookup.toSecond(), Long.MAX_VALUE);
        boolean fromAfter =
                lookup.after().filter(after -> after.compareTo(newest) >= 0).isPresent();
        Map<Position, Found> behind =
                fromAfter ? shelf.tailMap(lookup.after().get(), false) : shelf.tailMap(newest, true);
        List<Found> page = new ArrayList<>();
        for (Found found : behind.values()) {
            if (found.record().eventTimeSeconds() < lookup.fromSecond()) {
                break;
            }
            if (page.size() == lookup.limit()) {
                return new Page(page, true);
            }
            page.add(found);
        }
        return new Page(page, false);
    }
}
