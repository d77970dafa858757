package dev.keytrail.audit.history;

import dev.keytrail.call.Ledger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** History by walking the whole ledger for each look-up: the fake for tests, and the model that real indexes are held to. */
public final class PlainHistory implements HistoryIndex {
    private final Ledger ledger;

    public PlainHistory(Ledger ledger) {
        this.ledger = ledger;
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
                if (behind && lookup.accepts(found.record())) {
                    all.add(found);
                }
            }
        }
        all.sort(Comparator.comparing(Found::position));
        boolean more = all.size() > lookup.limit();
        return new Page(more ? all.subList(0, lookup.limit()) : all, more);
    }
}
