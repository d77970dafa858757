package dev.keytrail.kms.key;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Instant;
import java.util.Iterator;
import java.util.Locale;
import java.util.Optional;

/**
 * A pointer to a key that needs work at a time, one table for each kind of work. The row key starts with the time, so that the first
 * row of a scan is the next one due, however many keys there are. Only a hint: the key's own row decides.
 */
public record Due(Instant at, String account, String region, String keyId) {
    /** Deletions. */
    public static final Table<Due> TABLE = table("kms.due");

    public static final Table<Due> ROTATIONS = table("kms.due-rotation");

    /** Of imported material. */
    public static final Table<Due> EXPIRIES = table("kms.due-expiry");

    private static Table<Due> table(String name) {
        return new Table<>(
                name,
                RowCodec.of(
                        (due, out) -> out.version(1)
                                .instant(due.at)
                                .text(due.account)
                                .text(due.region)
                                .text(due.keyId),
                        in -> {
                            in.version(1);
                            return new Due(in.instant(), in.text(), in.text(), in.text());
                        }));
    }

    public static Due of(Key key, Instant at) {
        return new Due(at, key.account(), key.region(), key.id());
    }

    /**
     * The first row of such a table if its time has come. The scan is not part of what a commit is held against: a job decides
     * by the rows that this one points to.
     */
    public static Optional<State.Row<Due>> first(State state, Table<Due> table, Instant now) {
        Iterator<State.Row<Due>> rows = state.scan(table, "", "").iterator();
        return rows.hasNext()
                ? Optional.of(rows.next()).filter(row -> !row.value().at().isAfter(now))
                : Optional.empty();
    }

    public String rowKey() {
        // Twelve digits of seconds and nine of nanoseconds: text order is time order until the year 33658.
        return String.format(Locale.ROOT, "%012d.%09d/", at.getEpochSecond(), at.getNano())
                + Key.rowKey(account, region, keyId);
    }
}
