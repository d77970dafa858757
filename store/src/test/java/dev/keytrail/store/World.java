package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerContract;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.SampleRecords;
import dev.keytrail.call.State;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * A store on a faulty disk, with what its only client was told. Each commit writes one record and the row that counts
 * them, so that a half commit shows.
 */
final class World {
    static final int SEGMENT_BYTES = 64 << 10;
    private static final String ROW = "count";

    private final Path directory;
    private final List<String> acknowledged = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private int attempts;
    FaultyDisk disk = new FaultyDisk();
    EmbeddedStore store;

    World(Path directory) {
        this.directory = directory;
    }

    static StoreOptions options() {
        return StoreOptions.defaults()
                .withSegmentBytes(SEGMENT_BYTES)
                .withIndexing(false)
                .withCommitTimeout(Duration.ofMillis(100));
    }

    void open() throws IOException {
        store = EmbeddedStore.open(directory, disk, LedgerContract.TABLES, options(), InstantSource.system());
    }

    /** Opens, or opens again if a fault stopped the first try. */
    void openAtLast() throws IOException {
        try {
            open();
        } catch (IOException _) {
            open();
        }
    }

    /** True if it was acknowledged. */
    boolean commit(int jsonBytes) {
        Ledger ledger = store.ledger();
        String id = "event-" + attempts++;
        State state = ledger.read();
        long count = state.get(LedgerContract.CARDS, ROW)
                .map(LedgerContract.Card::number)
                .orElse(0L);
        try {
            long index = ledger.commit(
                    state,
                    List.of(Change.put(LedgerContract.CARDS, ROW, new LedgerContract.Card(id, count + 1))),
                    List.of(record(id, jsonBytes)));
            assertThat(index).isEqualTo(acknowledged.size());
            acknowledged.add(id);
            return true;
        } catch (Ledger.LedgerUnavailable _) {
            refused.add(id);
            return false;
        }
    }

    static LedgerRecord record(String id, int jsonBytes) {
        LedgerRecord sample = SampleRecords.event(id, 1_764_000_000L);
        return new LedgerRecord(
                sample.account(),
                sample.region(),
                sample.category(),
                sample.eventId(),
                sample.eventTimeSeconds(),
                sample.eventSource(),
                sample.eventName(),
                sample.readOnly(),
                sample.username(),
                sample.accessKeyId(),
                sample.resources(),
                Bytes.adopt("x".repeat(jsonBytes).getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                Bytes.EMPTY);
    }

    /** The ledger is exactly what its client was told, and the state is that of the last commit. */
    void check(String when) {
        assertThat(LedgerContract.eventIds(store.ledger(), 0)).as(when).isEqualTo(acknowledged);
        assertThat(store.ledger().end()).as(when).isEqualTo(acknowledged.size());
        Optional<LedgerContract.Card> row = store.ledger().read().get(LedgerContract.CARDS, ROW);
        assertThat(row)
                .as(when)
                .isEqualTo(
                        acknowledged.isEmpty()
                                ? Optional.empty()
                                : Optional.of(new LedgerContract.Card(acknowledged.getLast(), acknowledged.size())));
        assertThat(new HashSet<>(refused)).as(when).doesNotContainAnyElementsOf(acknowledged);
    }

    int refusals() {
        return refused.size();
    }

    /** The process dies; a new one finds the disk as it is. */
    void crash(FaultyDisk.Unsynced unsynced) throws IOException {
        FaultyDisk after = disk.crash(unsynced);
        store.close();
        disk = after;
        open();
    }
}
