package dev.keytrail.sim;

import dev.keytrail.call.Ledger;
import java.util.ArrayList;
import java.util.List;

/** Everything that was ever seen in the ledger, in order. What was seen once must be there for good. */
final class Chronicle {
    private final List<Entry> entries = new ArrayList<>();

    List<Entry> all() {
        return entries;
    }

    /** What has come since the last look. */
    List<Entry> news(Ledger ledger) {
        List<Entry> fresh = read(ledger, entries.size());
        entries.addAll(fresh);
        return fresh;
    }

    /** Reads the whole ledger again, holds it against what was seen, returns what is new. */
    List<Entry> reread(Ledger ledger) {
        List<Entry> whole = read(ledger, 0);
        for (Entry known : entries) {
            if (known.index() >= whole.size()) {
                throw new Mismatch("the ledger ends at " + whole.size() + ", but had " + known);
            }
            Entry now = whole.get((int) known.index());
            if (!now.sameAs(known)) {
                throw new Mismatch("the ledger had " + known + ", now has " + now);
            }
        }
        List<Entry> fresh = List.copyOf(whole.subList(entries.size(), whole.size()));
        entries.addAll(fresh);
        return fresh;
    }

    private static List<Entry> read(Ledger ledger, long from) {
        List<Entry> found = new ArrayList<>();
        if (from > ledger.end()) {
            throw new Mismatch("the ledger ends at " + ledger.end() + ", but had " + from + " records");
        }
        try (Ledger.Cursor cursor = ledger.records(from)) {
            while (cursor.next()) {
                if (cursor.index() != from + found.size()) {
                    throw new Mismatch("record " + cursor.index() + " follows " + (from + found.size() - 1));
                }
                found.add(Entry.of(cursor.index(), cursor.record()));
            }
        }
        if (from + found.size() != ledger.end()) {
            throw new Mismatch("the ledger ends at " + ledger.end() + ", but gives " + (from + found.size()));
        }
        return found;
    }
}
