package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Records at the ledger's beginning that the operator drops, by a retention or a request. Their leaf hashes stay, and what they came to is
 * kept as a snapshot of the state. Committed together with its {@link #event()} before anything is removed.
 *
 * @param first index of the first record dropped
 * @param end index of the first record that stays; the tree over all before it has the root {@code root}
 * @param base SHA-256 of the snapshot
 * @param archive where the operator has them
 * @param days they were older than that
 * @param request id of the request that asked for it; empty: the retention in force did
 * @param recordedAt index of the record that says so, noted once it is known and before anything is removed
 */
public record Dropped(
        long first,
        long end,
        Bytes root,
        Bytes base,
        Optional<Archive> archive,
        long days,
        Instant at,
        Optional<String> request,
        OptionalLong recordedAt) {
    /** Key: {@link #end}, so that the rows are in order. */
    public static final Table<Dropped> TABLE = new Table<>("audit.dropped", RowCodec.of(Dropped::write, Dropped::read));

    static final String EVENT = "DropLedgerRecords";

    private static final long UNKNOWN = -1;

    /** Looked through at once, when the place of a record is not known. */
    private static final int PORTION_RECORDS = 16_384;

    /** @param digest SHA-256 of the archive's list of checksums */
    public record Archive(String name, Bytes digest) {}

    public Dropped recordedAt(long index) {
        return new Dropped(first, end, root, base, archive, days, at, request, OptionalLong.of(index));
    }

    /** What was decided last, done or not. */
    public static Optional<Dropped> newest(State state) {
        Optional<Dropped> newest = Optional.empty();
        for (State.Row<Dropped> row : state.scan(TABLE, "", "")) {
            newest = Optional.of(row.value());
        }
        return newest;
    }

    /** What dropped the record of that index. */
    public static Optional<Dropped> of(State state, long index) {
        for (State.Row<Dropped> row : state.scan(TABLE, "", key(index))) {
            return Optional.of(row.value());
        }
        return Optional.empty();
    }

    private static String key(long end) {
        return String.format(Locale.ROOT, "%019d", end);
    }

    public Change<?> change() {
        return Change.put(TABLE, key(end), this);
    }

    /** What the log says of it for good. */
    public ServiceEvent event() {
        Facts details = Facts.facts()
                .put("firstIndex", first)
                .put("lastIndex", end - 1)
                .put("treeSize", end)
                .put("rootHash", Base64Text.encode(root))
                .put("stateSha256", base.hex())
                .put("archived", archive.isPresent())
                .put("archive", archive.map(Archive::name))
                .put("archiveSha256", archive.map(a -> a.digest().hex()))
                .put(request.isPresent() ? "olderThanDays" : "retentionDays", days)
                .put("request", request);
        return new ServiceEvent(
                Service.KEYTRAIL,
                EVENT,
                LedgerRecord.OPERATOR_ACCOUNT,
                Declaration.REGION,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(details));
    }

    /** Whether an event of the log says just this. */
    boolean isSaidBy(Bytes json) {
        return Declaration.isNamedIn(json)
                && Declaration.parse(json)
                        .filter(new Declaration.Drop(end, root, base)::equals)
                        .isPresent();
    }

    /**
     * Looks for the record that says so, backwards from a record on.
     *
     * @param until looks at records before this
     * @return its index
     */
    public OptionalLong find(Ledger ledger, long until) {
        for (long to = until; to > end; to -= PORTION_RECORDS) {
            long from = Math.max(end, to - PORTION_RECORDS);
            try (Ledger.Cursor cursor = ledger.records(from)) {
                while (cursor.next() && cursor.index() < to) {
                    if (isSaidBy(cursor.json())) {
                        return OptionalLong.of(cursor.index());
                    }
                }
            }
        }
        return OptionalLong.empty();
    }

    private static void write(Dropped dropped, RowWriter out) {
        out.version(2).number(dropped.first).number(dropped.end);
        out.bytes(dropped.root).bytes(dropped.base);
        out.optional(dropped.archive, (a, to) -> to.text(a.name()).bytes(a.digest()));
        out.number(dropped.days).instant(dropped.at);
        out.optionalText(dropped.request).number(dropped.recordedAt.orElse(UNKNOWN));
    }

    private static Dropped read(RowReader in) {
        in.version(2);
        Dropped dropped = new Dropped(
                in.number(),
                in.number(),
                in.bytes(),
                in.bytes(),
                in.optional(a -> new Archive(a.text(), a.bytes())),
                in.number(),
                in.instant(),
                in.hasMore() ? in.optionalText() : Optional.empty(),
                OptionalLong.empty());
        long index = in.hasMore() ? in.number() : UNKNOWN;
        return index == UNKNOWN ? dropped : dropped.recordedAt(index);
    }
}
