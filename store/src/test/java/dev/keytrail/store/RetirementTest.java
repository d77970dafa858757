package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.chain.Dropped;
import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerContract;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.SampleRecords;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.store.FaultyDisk.Fault;
import dev.keytrail.store.FaultyDisk.Unsynced;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ledger's beginning is dropped: what is left is whole, whatever fails on the way and whoever dies. */
class RetirementTest {
    private static final int RECORDS = 60;
    private static final int JSON_BYTES = 6 << 10;

    @TempDir
    Path directory;

    private FaultyDisk disk = new FaultyDisk();
    private EmbeddedStore store;
    private final List<String> written = new ArrayList<>();
    private final Map<String, String> rows = new TreeMap<>();

    @BeforeEach
    void fill() throws IOException {
        store = open(disk, true);
        for (int i = 0; i < RECORDS; i++) {
            commit(i);
        }
        settle();
        while (store.pack()) {
            // One after the other.
        }
    }

    @AfterEach
    void close() {
        store.close();
    }

    private EmbeddedStore open(FaultyDisk on, boolean indexing) throws IOException {
        List<Table<?>> tables = new ArrayList<>(LedgerContract.TABLES);
        tables.add(Dropped.TABLE);
        return EmbeddedStore.open(
                directory, on, tables, World.options().withIndexing(indexing), InstantSource.system());
    }

    private void commit(int i) {
        String key = "row-" + i % 17;
        boolean deletes = i % 5 == 4;
        Change<?> change = deletes
                ? Change.delete(LedgerContract.NAMES, key)
                : Change.put(LedgerContract.NAMES, key, "value-" + i);
        LedgerRecord sample = World.record("event-" + i, JSON_BYTES);
        LedgerRecord record = new LedgerRecord(
                sample.account(),
                sample.region(),
                sample.category(),
                sample.eventId(),
                1000 + i,
                sample.eventSource(),
                i % 3 == 0 ? "Encrypt" : "DescribeKey",
                sample.readOnly(),
                sample.username(),
                sample.accessKeyId(),
                List.of(new NamedResource("AWS::KMS::Key", "key-" + i % 4)),
                sample.json(),
                sample.annex());
        store.ledger().commit(store.ledger().read(), List.of(change), List.of(record));
        written.add(record.eventId());
        if (deletes) {
            rows.remove(key);
        } else {
            rows.put(key, "value-" + i);
        }
    }

    private void settle() {
        while (store.metrics().indexLagRecords() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    private static boolean isUse(LedgerRecord record) {
        return record.eventName().equals("Encrypt");
    }

    private long retirable(long before) throws IOException {
        OptionalLong end = store.retirable(before, record -> record.eventTimeSeconds() < 1000 + 30);
        return end.orElse(0);
    }

    private Dropped retire(long end) throws IOException {
        Retired retired = store.retire(end, RetirementTest::isUse);
        return new Dropped(
                retired.first(),
                end,
                Bytes.EMPTY,
                retired.base(),
                Optional.empty(),
                1,
                Instant.EPOCH,
                Optional.empty(),
                OptionalLong.empty());
    }

    /** The record of it, which the ledger has before anything goes. */
    private void declare(Dropped dropped) {
        LedgerRecord event = SampleRecords.event("dropped-" + dropped.end(), 5000);
        store.ledger().commit(store.ledger().read(), List.of(dropped.change()), List.of(event));
        written.add(event.eventId());
    }

    private void check(String when) {
        Ledger ledger = store.ledger();
        assertThat(ledger.end()).as(when).isEqualTo(written.size());
        assertThat(LedgerContract.eventIds(ledger, ledger.first()))
                .as(when)
                .isEqualTo(written.subList((int) ledger.first(), written.size()));
        Map<String, String> there = new TreeMap<>();
        for (State.Row<String> row : ledger.read().scan(LedgerContract.NAMES, "", "")) {
            there.put(row.key(), row.value());
        }
        assertThat(there).as(when).isEqualTo(rows);
    }

    private List<String> found(Attribute attribute, String value) {
        settle();
        return store
                .history()
                .find(new Lookup(
                        SampleRecords.ACCOUNT,
                        SampleRecords.REGION,
                        Optional.of(new Match(attribute, value)),
                        0,
                        Long.MAX_VALUE,
                        Optional.empty(),
                        100))
                .events()
                .stream()
                .map(HistoryIndex.Found::record)
                .map(LedgerRecord::eventId)
                .toList();
    }

    private void reopen(FaultyDisk on, boolean indexing) throws IOException {
        store.close();
        disk = on;
        store = open(on, indexing);
    }

    private void dropSome() throws IOException {
        long end = retirable(Long.MAX_VALUE);
        declare(retire(end));
        settle();
        assertThat(store.drop(end)).isTrue();
        assertThat(store.ledger().first()).isEqualTo(end).isPositive();
    }

    @Test
    void nothingYoungUnreadOrUnpacked_isRetirable() throws IOException {
        long end = retirable(Long.MAX_VALUE);
        assertThat(end).isBetween(10L, 30L);
        assertThat(retirable(end - 1)).isLessThan(end);
        assertThat(retirable(1)).isZero();
        assertThat(store.retirable(Long.MAX_VALUE, record -> false)).isEmpty();
        assertThatThrownBy(() -> store.retire(end - 1, RetirementTest::isUse))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void dropped_whatStaysIsWhole_liveAndAfterEveryKindOfStart() throws IOException {
        dropSome();
        check("live");
        long first = store.ledger().first();
        assertThatThrownBy(() -> store.ledger().records(first - 1)).isInstanceOf(IllegalArgumentException.class);
        commit(100);
        check("one more");
        reopen(disk, true);
        check("views as they were");
        store.close();
        Views.destroy(directory.resolve("views"));
        store = open(disk, true);
        check("views made anew");
        reopen(disk, false);
        check("without views");
        // Their names are not listed any more, so that a further start has nothing to remove.
        assertThat(disk.list()).noneMatch(name -> name.startsWith("000000000001"));
    }

    @Test
    void lastUseOfAResource_isFoundForEver_andNothingElseThatWasDropped() throws IOException {
        List<String> before = found(Attribute.RESOURCE_NAME, "key-1");
        dropSome();
        long first = store.ledger().first();
        for (int start = 0; start < 3; start++) {
            List<String> left =
                    before.stream().filter(id -> number(id) >= first).toList();
            String lastUse = before.stream()
                    .filter(id -> number(id) < first && number(id) % 3 == 0)
                    .findFirst()
                    .orElseThrow();
            List<String> expected = new ArrayList<>(left);
            expected.add(lastUse);
            assertThat(found(Attribute.RESOURCE_NAME, "key-1")).isEqualTo(expected);
            assertThat(found(Attribute.EVENT_ID, "event-0")).isEmpty();
            assertThat(found(Attribute.EVENT_NAME, "Encrypt")).allMatch(id -> number(id) >= first);
            store.close();
            if (start == 1) {
                Views.destroy(directory.resolve("views"));
            }
            store = open(disk, true);
        }
        assertThat(store.history().forget(_ -> 2000L, 10_000)).isPositive();
        assertThat(found(Attribute.RESOURCE_NAME, "key-1")).isNotEmpty();
    }

    private static long number(String eventId) {
        return Long.parseLong(eventId.substring(eventId.indexOf('-') + 1));
    }

    @Test
    void droppedAgain_theStateOfBothIsKept() throws IOException {
        dropSome();
        long first = store.ledger().first();
        for (int i = RECORDS; i < 2 * RECORDS; i++) {
            commit(i);
        }
        settle();
        while (store.pack()) {
            // One after the other.
        }
        OptionalLong end = store.retirable(Long.MAX_VALUE, record -> record.eventTimeSeconds() < 1000 + RECORDS);
        declare(retire(end.orElseThrow()));
        settle();
        assertThat(store.drop(end.getAsLong())).isTrue();
        assertThat(store.ledger().first()).isGreaterThan(first);
        check("live");
        Views.destroy(directory.resolve("none"));
        store.close();
        Views.destroy(directory.resolve("views"));
        store = open(disk, true);
        check("views made anew");
        assertThat(found(Attribute.RESOURCE_NAME, "key-1")).isNotEmpty();
        assertThat(disk.list().stream().filter(name -> name.endsWith(".base"))).hasSize(1);
    }

    @Test
    void filesThatAreRead_areNotDropped() throws IOException {
        long end = retirable(Long.MAX_VALUE);
        declare(retire(end));
        settle();
        try (LedgerFiles files = store.files().orElseThrow()) {
            assertThat(store.drop(end)).isFalse();
            assertThat(files.parts().getFirst().name()).startsWith("000000000001");
        }
        assertThat(store.drop(end)).isTrue();
        try (LedgerFiles files = store.files().orElseThrow()) {
            assertThat(files.parts().getFirst().name()).endsWith(".base");
        }
        check("afterwards");
    }

    @Test
    void segmentsAreMissingWithoutARecord_stopsTheStart() throws IOException {
        long end = retirable(Long.MAX_VALUE);
        retire(end);
        store.close();
        FaultyDisk cut = disk.copy();
        cut.delete("000000000001.log.pack");
        assertThatThrownBy(() -> open(cut, false))
                .isInstanceOf(LedgerDamaged.class)
                .hasMessageContaining("does not say that they were dropped");
        assertThat(cut.list()).contains("000000000002.log.pack");
    }

    @Test
    void stateOfDroppedRecordsIsDamaged_stopsTheStart() throws IOException {
        dropSome();
        store.close();
        String name = disk.list().stream()
                .filter(file -> file.endsWith(".base"))
                .findFirst()
                .orElseThrow();
        byte[] bytes = disk.content(name);
        for (int at = 0; at < bytes.length; at += 97) {
            FaultyDisk damaged = disk.copy();
            byte[] changed = bytes.clone();
            changed[at] ^= 1;
            damaged.replace(name, changed);
            assertThatThrownBy(() -> open(damaged, false)).isInstanceOf(LedgerDamaged.class);
        }
        FaultyDisk gone = disk.copy();
        gone.delete(name);
        assertThatThrownBy(() -> open(gone, false)).isInstanceOf(LedgerDamaged.class);
    }

    @ParameterizedTest
    @CsvSource({"LOST,LOST", "LOST,KEPT", "LANDED,LOST", "LANDED,KEPT", "TORN,LOST", "TORN,KEPT"})
    void anyOneStepFails_orTheProcessDiesThere_nothingIsLost(Fault fault, Unsynced unsynced) throws IOException {
        long end = retirable(Long.MAX_VALUE);
        store.close();
        FaultyDisk begun = disk;
        List<String> known = List.copyOf(written);
        int steps = 0;
        for (int failing = 0; failing <= steps; failing++) {
            int at = failing;
            String when = "step " + at;
            written.clear();
            written.addAll(known);
            disk = begun.copy();
            store = open(disk, false);
            disk.plan(step -> step == at ? fault : Fault.NONE);
            try {
                declare(retire(end));
                store.drop(end);
            } catch (IOException | java.io.UncheckedIOException _) {
                // As it may; the server's step tries again.
            }
            check(when + ", live");
            steps = Math.max(steps, disk.steps());
            FaultyDisk after = disk.crash(unsynced);
            store.close();
            disk = after;
            store = open(after, false);
            check(when + ", after the crash");
            if (store.ledger().first() == 0) {
                Dropped again = retire(end);
                Optional<Dropped> decided = Dropped.newest(store.ledger().read());
                decided.ifPresent(d -> assertThat(again.base()).isEqualTo(d.base()));
                if (decided.isEmpty()) {
                    declare(again);
                }
                assertThat(store.drop(end)).as(when).isTrue();
            }
            assertThat(store.ledger().first()).as(when).isEqualTo(end);
            check(when + ", done at last");
            store.close();
            store = open(after, false);
            check(when + ", another start");
            store.close();
        }
        assertThat(steps).isGreaterThan(10);
        store = open(disk, false);
    }
}
