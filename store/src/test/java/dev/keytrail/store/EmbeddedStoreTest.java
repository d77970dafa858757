package dev.keytrail.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerContract;
import dev.keytrail.call.SampleRecords;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The embedded store over its life: reopened, killed, its views lost or damaged, its directory shared. */
class EmbeddedStoreTest {
    private static final StoreOptions OPTIONS =
            StoreOptions.defaults().withSegmentBytes(64 << 10).withHeadroomBytes(0);

    @TempDir
    Path directory;

    private final List<EmbeddedStore> opened = new ArrayList<>();
    private int written;

    private EmbeddedStore open(Path at) throws IOException {
        return open(at, LedgerContract.TABLES);
    }

    private EmbeddedStore open(Path at, List<Table<?>> tables) throws IOException {
        EmbeddedStore store = EmbeddedStore.open(at, tables, OPTIONS, InstantSource.system());
        opened.add(store);
        return store;
    }

    @AfterEach
    void closeAll() {
        opened.forEach(EmbeddedStore::close);
    }

    /** Writes commits that put, replace and delete rows. */
    private void write(EmbeddedStore store, int commits) {
        Ledger ledger = store.ledger();
        for (int i = 0; i < commits; i++) {
            int n = written++;
            List<Change<?>> changes = new ArrayList<>();
            changes.add(Change.put(LedgerContract.CARDS, "row" + n % 17, new LedgerContract.Card("ä" + n, n)));
            if (n % 5 == 0) {
                changes.add(Change.delete(LedgerContract.CARDS, "row" + n % 7));
            }
            changes.add(Change.put(LedgerContract.NAMES, "newest", "e" + n));
            ledger.commit(ledger.read(), changes, List.of(SampleRecords.event("e" + n, 1_764_000_000L + n)));
        }
    }

    private static Map<String, Object> rows(EmbeddedStore store) {
        State state = store.ledger().read();
        Map<String, Object> rows = new TreeMap<>();
        state.scan(LedgerContract.CARDS, "", "").forEach(row -> rows.put("card " + row.key(), row.value()));
        state.scan(LedgerContract.NAMES, "", "").forEach(row -> rows.put("name " + row.key(), row.value()));
        return rows;
    }

    private static List<Long> history(EmbeddedStore store) {
        HistoryIndex.Lookup all = new HistoryIndex.Lookup(
                SampleRecords.ACCOUNT,
                SampleRecords.REGION,
                Optional.of(new HistoryIndex.Match(HistoryIndex.Attribute.EVENT_NAME, "Encrypt")),
                0,
                Long.MAX_VALUE,
                Optional.empty(),
                10_000);
        return store.history().find(all).events().stream()
                .map(HistoryIndex.Found::index)
                .toList();
    }

    private void assertSame(EmbeddedStore store, Map<String, Object> rows) {
        assertThat(rows(store)).isEqualTo(rows);
        assertThat(store.ledger().end()).isEqualTo(written);
        assertThat(LedgerContract.eventIds(store.ledger(), 0))
                .hasSize(written)
                .last()
                .isEqualTo("e" + (written - 1));
        List<Long> falling = new ArrayList<>();
        for (long index = written - 1; index >= 0; index--) {
            falling.add(index);
        }
        assertThat(history(store)).isEqualTo(falling);
    }

    private static void settle(EmbeddedStore store) {
        while (store.metrics().indexLagRecords() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Test
    void open_afterAClose_hasEverything() throws IOException {
        EmbeddedStore store = open(directory);
        write(store, 300);
        Map<String, Object> rows = rows(store);
        store.close();
        EmbeddedStore again = open(directory);
        assertThat(again.metrics().indexLagRecords()).isZero();
        assertSame(again, rows);
        write(again, 10);
        assertSame(again, rows(again));
    }

    @Test
    void open_copyOfAStoreInUse_hasEverythingThatWasAcknowledged() throws IOException {
        EmbeddedStore store = open(directory.resolve("live"));
        for (int round = 0; round < 3; round++) {
            write(store, 100);
            if (round == 1) {
                settle(store);
            }
            // What a killed process leaves: ledger as it is, the views somewhere behind.
            Path copy = directory.resolve("killed" + round);
            copyTree(directory.resolve("live"), copy, round == 2 ? "views" : "nothing");
            assertSame(open(copy), rows(store));
        }
    }

    @Test
    void open_withoutViews_rebuildsThem() throws IOException {
        EmbeddedStore store = open(directory);
        write(store, 200);
        Map<String, Object> rows = rows(store);
        store.close();
        Views.destroy(directory.resolve("views"));
        assertSame(open(directory), rows);
    }

    @Test
    void open_viewsDamaged_rebuildsThem() throws IOException {
        EmbeddedStore store = open(directory);
        write(store, 200);
        Map<String, Object> rows = rows(store);
        store.close();
        for (String damaged : List.of("CURRENT", "MANIFEST", ".sst")) {
            try (Stream<Path> files = Files.list(directory.resolve("views"))) {
                for (Path file : files.filter(f -> f.getFileName().toString().contains(damaged))
                        .toList()) {
                    byte[] content = Files.readAllBytes(file);
                    for (int i = 0; i < content.length; i += 7) {
                        content[i] ^= 0x55;
                    }
                    Files.write(file, content);
                }
            }
            EmbeddedStore again = open(directory);
            assertSame(again, rows);
            again.close();
        }
    }

    @Test
    void open_viewsOfAnotherLedger_rebuildsThem() throws IOException {
        EmbeddedStore other = open(directory.resolve("other"));
        write(other, 1);
        other.close();
        written = 0;
        EmbeddedStore store = open(directory.resolve("mine"));
        // Another frame at the very place that the other ledger's views know.
        store.ledger().commit(store.ledger().read(), List.of(), List.of(SampleRecords.event("e0", 5)));
        written++;
        write(store, 60);
        Map<String, Object> rows = rows(store);
        store.close();
        Views.destroy(directory.resolve("mine/views"));
        copyTree(directory.resolve("other/views"), directory.resolve("mine/views"), "nothing");
        EmbeddedStore again = open(directory.resolve("mine"));
        assertThat(rows(again)).isEqualTo(rows);
        assertThat(history(again)).hasSize(written);
    }

    @Test
    void open_ledgerHasLostWhatTheViewsKnow_stops() throws IOException {
        FaultyDisk disk = new FaultyDisk();
        FaultyDisk early;
        try (EmbeddedStore store =
                EmbeddedStore.open(directory, disk, LedgerContract.TABLES, OPTIONS, InstantSource.system())) {
            write(store, 3);
            early = disk.copy();
            write(store, 1);
        }
        assertThatThrownBy(() ->
                        EmbeddedStore.open(directory, early, LedgerContract.TABLES, OPTIONS, InstantSource.system()))
                .isInstanceOf(LedgerDamaged.class)
                .hasMessageContaining("views");
    }

    @Test
    void open_twice_isRefusedUntilTheFirstIsClosed() throws IOException {
        EmbeddedStore store = open(directory);
        assertThatThrownBy(() -> open(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("in use");
        write(store, 1);
        store.close();
        assertThat(open(directory).ledger().end()).isEqualTo(1);
    }

    @Test
    void open_tableIsNotKnown_stopsWithItsName() throws IOException {
        EmbeddedStore store = open(directory);
        write(store, 2);
        store.close();
        assertThatThrownBy(() -> open(directory, List.of(LedgerContract.NAMES)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(LedgerContract.CARDS.name());
        assertThat(open(directory).ledger().end()).isEqualTo(2);
    }

    @Test
    void open_files_areTheOwnersAlone() throws IOException {
        EmbeddedStore store = open(directory.resolve("store"));
        write(store, 1);
        try (Stream<Path> all = Files.walk(directory.resolve("store/ledger"))) {
            for (Path path : all.toList()) {
                String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
                assertThat(permissions).as("%s", path).isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
            }
        }
        for (String closedToOthers : List.of("store", "store/views")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(closedToOthers))))
                    .isEqualTo("rwx------");
        }
    }

    @Test
    void close_twice_isHarmlessAndCommitsAreRefused() throws IOException {
        EmbeddedStore store = open(directory);
        write(store, 1);
        store.close();
        store.close();
        assertThatThrownBy(() -> write(store, 1)).isInstanceOf(Ledger.LedgerUnavailable.class);
        assertThatThrownBy(() -> history(store)).isInstanceOf(Ledger.LedgerUnavailable.class);
        assertThat(rows(store)).isNotEmpty();
    }

    @Test
    void commit_interruptedCaller_stillLearnsTheOutcome() throws Exception {
        EmbeddedStore store = open(directory);
        List<Long> indexes = new ArrayList<>();
        List<Boolean> interrupted = new ArrayList<>();
        Thread caller = Thread.ofVirtual().start(() -> {
            Thread.currentThread().interrupt();
            indexes.add(store.ledger().commit(store.ledger().read(), List.of(), List.of(SampleRecords.event("a", 1))));
            interrupted.add(Thread.currentThread().isInterrupted());
        });
        caller.join();
        assertThat(indexes).containsExactly(0L);
        assertThat(interrupted).containsExactly(true);
    }

    @Test
    void history_withoutIndexing_isRefused() throws IOException {
        EmbeddedStore store = EmbeddedStore.open(
                directory, LedgerContract.TABLES, OPTIONS.withIndexing(false), InstantSource.system());
        opened.add(store);
        assertThatThrownBy(store::history).isInstanceOf(IllegalStateException.class);
    }

    private static void copyTree(Path from, Path to, String except) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.sorted().toList()) {
                Path relative = from.relativize(path);
                if (!relative.startsWith(except)) {
                    copyOne(path, to.resolve(relative));
                }
            }
        }
    }

    private static void copyOne(Path from, Path to) throws IOException {
        if (Files.isDirectory(from)) {
            Files.createDirectories(to);
        } else if (Files.exists(from)) {
            Files.write(to, Files.readAllBytes(from));
        }
    }
}
