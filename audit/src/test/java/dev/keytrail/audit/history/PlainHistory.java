package dev.keytrail.audit.history;

import dev.keytrail.call.Ledger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToLongFunction;

/** History by walking the whole ledger for each look-up: the fake for tests, and the model that real indexes are held to. */
public final class PlainHistory implements HistoryIndex {
    private final Ledger ledger;
    private final Set<Long> forgotten = new HashSet<>();

    public PlainHistory(Ledger ledger) {
        this.ledger = ledger;
    }

    private boolean isThere(Found found, Lookup lookup) {
        return !forgotten.contains(found.index())
                || lookup.match()
                        .filter(m -> HistoryIndex.outlives(found.record(), m.attribute()))
                        .isPresent();
    }

    @Override
    public int forget(ToLongFunction<String> earliestSecond, int most) {
        int count = 0;
        try (Ledger.Cursor cursor = ledger.records(0)) {
            while (count < most && cursor.next()) {
                boolean old = cursor.record().eventTimeSeconds()
                        < earliestSecond.applyAsLong(cursor.record().account());
                count += old && HistoryIndex.shows(cursor.record()) && forgotten.add(cursor.index()) ? 1 : 0;
            }
        }
        return count;
    }

    @Override
    public Page find(Lookup lookup) {
        List<Found> all = new ArrayList<>();
        try (Ledger.Cursor cursor = ledger.records(0)) {
            while (cursor.next()) {
                Found found = new Found(cursor.index(), cursor.record());
                boolean behind = lookup.after()
                        .map(after -> found.position().compareTo(after) > 0)
                        .orElse(true);
                if (behind && lookup.accepts(found.record()) && isThere(found, lookup)) {
                    all.add(found);
                }
            }
        }
        all.sort(Comparator.comparing(Found::position));
        boolean more = all.size() > lookup.limit();
        return new Page(more ? all.subList(0, lookup.limit()) : all, more);
    }
}
