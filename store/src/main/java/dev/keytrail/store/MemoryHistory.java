package dev.keytrail.store;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.ToLongFunction;

/** One sorted map for each account, Region and attribute value, and one for each account and Region. Thread-safe. */
final class MemoryHistory implements HistoryIndex {
    private record Shelf(String account, String region, Category category, Optional<Match> match) {}

    private final ConcurrentHashMap<Shelf, ConcurrentSkipListMap<Position, Found>> shelves = new ConcurrentHashMap<>();

    void add(long index, LedgerRecord record) {
        if (!HistoryIndex.shows(record)) {
            return;
        }
        Found found = new Found(index, record);
        shelvesOf(record, false).forEach(shelf -> put(shelf, found));
    }

    /** @param forgettable only those that the record leaves when it is forgotten */
    private static List<Shelf> shelvesOf(LedgerRecord record, boolean forgettable) {
        List<Shelf> all = new ArrayList<>();
        all.add(new Shelf(record.account(), record.region(), record.category(), Optional.empty()));
        for (Attribute attribute : Attribute.values()) {
            if (forgettable && HistoryIndex.outlives(record, attribute)) {
                continue;
            }
            for (String value : attribute.valuesIn(record)) {
                Match match = new Match(attribute, value);
                all.add(new Shelf(record.account(), record.region(), record.category(), Optional.of(match)));
            }
        }
        return all;
    }

    @Override
    public int forget(ToLongFunction<String> earliestSecond, int most) {
        int forgotten = 0;
        for (Map.Entry<Shelf, ConcurrentSkipListMap<Position, Found>> shelf : shelves.entrySet()) {
            if (shelf.getKey().match().isPresent()) {
                continue;
            }
            long earliest = earliestSecond.applyAsLong(shelf.getKey().account());
            Position oldest = new Position(Math.max(earliest, Long.MIN_VALUE + 1) - 1, Long.MAX_VALUE);
            for (Found found : shelf.getValue().tailMap(oldest, true).values()) {
                if (forgotten == most) {
                    return forgotten;
                }
                shelvesOf(found.record(), true).forEach(each -> drop(each, found.position()));
                forgotten++;
            }
        }
        return forgotten;
    }

    private void drop(Shelf shelf, Position position) {
        shelves.computeIfPresent(shelf, (_, events) -> {
            events.remove(position);
            return events;
        });
    }

    private void put(Shelf shelf, Found found) {
        shelves.computeIfAbsent(shelf, _ -> new ConcurrentSkipListMap<>()).put(found.position(), found);
    }

    @Override
    public Page find(Lookup lookup) {
        ConcurrentSkipListMap<Position, Found> shelf =
                shelves.get(new Shelf(lookup.account(), lookup.region(), lookup.category(), lookup.match()));
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
