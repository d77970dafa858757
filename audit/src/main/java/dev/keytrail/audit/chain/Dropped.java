package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
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

/**
 * Records at the ledger's beginning that the operator's retention drops. Their leaf hashes stay, and what they came to is
 * kept as a snapshot of the state. Committed together with its {@link #event()} before anything is removed.
 *
 * @param first index of the first record dropped
 * @param end index of the first record that stays; the tree over all before it has the root {@code root}
 * @param base SHA-256 of the snapshot
 * @param archive where the operator has them
 * @param days the retention that was in force
 */
public record Dropped(long first, long end, Bytes root, Bytes base, Optional<Archive> archive, long days, Instant at) {
    /** Key: {@link #end}, so that the rows are in order. */
    public static final Table<Dropped> TABLE = new Table<>("audit.dropped", RowCodec.of(Dropped::write, Dropped::read));

    static final String EVENT = "DropLedgerRecords";

    /** @param digest SHA-256 of the archive's list of checksums */
    public record Archive(String name, Bytes digest) {}

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
                .put("retentionDays", days);
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

    private static void write(Dropped dropped, RowWriter out) {
        out.version(1).number(dropped.first).number(dropped.end);
        out.bytes(dropped.root).bytes(dropped.base);
        out.optional(dropped.archive, (a, to) -> to.text(a.name()).bytes(a.digest()));
        out.number(dropped.days).instant(dropped.at);
    }

    private static Dropped read(RowReader in) {
        in.version(1);
        return new Dropped(
                in.number(),
                in.number(),
                in.bytes(),
                in.bytes(),
                in.optional(a -> new Archive(a.text(), a.bytes())),
                in.number(),
                in.instant());
    }
}
