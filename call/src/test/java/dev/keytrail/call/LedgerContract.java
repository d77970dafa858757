package dev.keytrail.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every {@link Ledger} promises. A store's test extends this and opens an empty ledger that knows the tables. */
public abstract class LedgerContract {
    /** A row with two members, enough to see that a value came back whole. */
    public record Card(String text, long number) {}

    public static final Table<Card> CARDS = new Table<>(
            "contract.card",
            RowCodec.of(
                    (card, out) -> out.version(1).text(card.text()).number(card.number()), LedgerContract::readCard));

    public static final Table<String> NAMES = new Table<>(
            "contract.name", RowCodec.of((name, out) -> out.version(1).text(name), LedgerContract::readName));

    /** The tables an implementation under test must know. */
    public static final List<Table<?>> TABLES = List.of(CARDS, NAMES);

    private static Card readCard(RowReader in) {
        in.version(1);
        return new Card(in.text(), in.number());
    }

    private static String readName(RowReader in) {
        in.version(1);
        return in.text();
    }

    protected Ledger ledger;

    /** An empty ledger that knows {@link #TABLES}; the implementation's test closes it. */
    protected abstract Ledger open() throws Exception;

    @BeforeEach
    void openLedger() throws Exception {
        ledger = open();
    }

    @Test
    void commit_severalRecords_areIndexedWithoutHoles() {
        assertThat(ledger.end()).isZero();
        assertThat(commit(List.of(), event("a"), event("b"))).isZero();
        assertThat(commit(List.of(), event("c"))).isEqualTo(2);
        assertThat(ledger.end()).isEqualTo(3);
        assertThat(eventIds(0)).containsExactly("a", "b", "c");
    }

    @Test
    void commit_withoutRecords_returnsTheNextIndex() {
        commit(List.of(), event("a"));
        assertThat(commit(List.of(Change.put(NAMES, "k", "v")))).isEqualTo(1);
        assertThat(ledger.end()).isEqualTo(1);
        assertThat(ledger.read().get(NAMES, "k")).contains("v");
    }

    @Test
    void commit_ofNothing_isHarmless() {
        assertThat(commit(List.of())).isZero();
        assertThat(ledger.end()).isZero();
    }

    @Test
    void commit_changes_areSeenByTheNextRead() {
        commit(List.of(Change.put(CARDS, "a", new Card("ä€", -5)), Change.put(NAMES, "a", "other table")));
        State state = ledger.read();
        assertThat(state.get(CARDS, "a")).contains(new Card("ä€", -5));
        assertThat(state.get(NAMES, "a")).contains("other table");
        assertThat(state.get(CARDS, "b")).isEmpty();
        commit(List.of(Change.delete(CARDS, "a"), Change.delete(CARDS, "never there")));
        assertThat(ledger.read().get(CARDS, "a")).isEmpty();
        assertThat(ledger.read().get(NAMES, "a")).contains("other table");
    }

    @Test
    void commit_twoChangesOfOneRow_theLastOneStands() {
        commit(List.of(Change.put(NAMES, "k", "first"), Change.put(NAMES, "k", "second")));
        assertThat(ledger.read().get(NAMES, "k")).contains("second");
        commit(List.of(Change.put(NAMES, "k", "third"), Change.delete(NAMES, "k")));
        assertThat(ledger.read().get(NAMES, "k")).isEmpty();
    }

    @Test
    void commit_rowReadHasChanged_isAConflictAndCommitsNothing() {
        commit(List.of(Change.put(NAMES, "k", "old")));
        State basis = ledger.read();
        assertThat(basis.get(NAMES, "k")).contains("old");
        commit(List.of(Change.put(NAMES, "k", "new")));
        assertThatThrownBy(() -> ledger.commit(basis, List.of(Change.put(NAMES, "x", "y")), List.of(event("a"))))
                .isInstanceOf(Ledger.Conflict.class);
        assertThat(ledger.end()).isZero();
        assertThat(ledger.read().get(NAMES, "x")).isEmpty();
        assertThat(ledger.read().get(NAMES, "k")).contains("new");
    }

    @Test
    void commit_rowReadWasWrittenAgainWithAnEqualValue_isAConflict() {
        commit(List.of(Change.put(NAMES, "k", "same")));
        State basis = ledger.read();
        assertThat(basis.get(NAMES, "k")).contains("same");
        commit(List.of(Change.put(NAMES, "k", "same")));
        assertThatThrownBy(() -> ledger.commit(basis, List.of(), List.of(event("a"))))
                .isInstanceOf(Ledger.Conflict.class);
    }

    @Test
    void commit_rowSeenAbsentHasAppeared_isAConflict() {
        State basis = ledger.read();
        assertThat(basis.get(NAMES, "k")).isEmpty();
        commit(List.of(Change.put(NAMES, "k", "v")));
        assertThatThrownBy(() -> ledger.commit(basis, List.of(), List.of(event("a"))))
                .isInstanceOf(Ledger.Conflict.class);
        assertThat(ledger.end()).isZero();
    }

    @Test
    void commit_rowReadWasDeleted_isAConflict() {
        commit(List.of(Change.put(NAMES, "k", "v")));
        State basis = ledger.read();
        assertThat(basis.get(NAMES, "k")).contains("v");
        commit(List.of(Change.delete(NAMES, "k")));
        assertThatThrownBy(() -> ledger.commit(basis, List.of(), List.of(event("a"))))
                .isInstanceOf(Ledger.Conflict.class);
    }

    @Test
    void commit_rowReadTwiceAroundAChange_isAConflict() {
        State basis = ledger.read();
        assertThat(basis.get(NAMES, "k")).isEmpty();
        commit(List.of(Change.put(NAMES, "k", "v")));
        Optional<String> _ = basis.get(NAMES, "k");
        assertThatThrownBy(() -> ledger.commit(basis, List.of(), List.of(event("a"))))
                .isInstanceOf(Ledger.Conflict.class);
    }

    @Test
    void commit_otherRowsHaveChanged_isNoConflict() {
        State basis = ledger.read();
        assertThat(basis.get(NAMES, "mine")).isEmpty();
        commit(List.of(Change.put(NAMES, "yours", "v"), Change.put(CARDS, "mine", new Card("", 0))));
        assertThat(ledger.commit(basis, List.of(Change.put(NAMES, "mine", "v")), List.of(event("a"))))
                .isZero();
        assertThat(ledger.read().get(NAMES, "mine")).contains("v");
    }

    @Test
    void commit_scannedRowsHaveChanged_isNoConflict() {
        commit(List.of(Change.put(NAMES, "k", "v")));
        State basis = ledger.read();
        assertThat(keys(basis.scan(NAMES, "", ""))).containsExactly("k");
        commit(List.of(Change.put(NAMES, "k", "w"), Change.put(NAMES, "l", "w")));
        assertThat(ledger.commit(basis, List.of(), List.of(event("a")))).isZero();
    }

    @Test
    void commit_basisUsedAgainAfterItsOwnCommit_conflictsOnlyIfItWroteWhatItRead() {
        State basis = ledger.read();
        assertThat(basis.get(NAMES, "k")).isEmpty();
        ledger.commit(basis, List.of(Change.put(NAMES, "k", "v")), List.of());
        assertThatThrownBy(() -> ledger.commit(basis, List.of(Change.put(NAMES, "k", "w")), List.of()))
                .isInstanceOf(Ledger.Conflict.class);
    }

    @Test
    void commit_foreignBasis_isRefused() throws Exception {
        State foreign = new FakeLedger().read();
        assertThatThrownBy(() -> ledger.commit(foreign, List.of(), List.of()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void scan_prefixAndAfter_givesRowsInStringOrder() {
        commit(List.of(
                Change.put(NAMES, "a/2", "2"),
                Change.put(NAMES, "b/1", "x"),
                Change.put(NAMES, "a/10", "10"),
                Change.put(NAMES, "a", "no slash"),
                Change.put(NAMES, "a/1", "1"),
                Change.put(CARDS, "a/3", new Card("other table", 1))));
        State state = ledger.read();
        assertThat(keys(state.scan(NAMES, "a/", ""))).containsExactly("a/1", "a/10", "a/2");
        assertThat(keys(state.scan(NAMES, "a/", "a/1"))).containsExactly("a/10", "a/2");
        assertThat(keys(state.scan(NAMES, "a/", "a/11"))).containsExactly("a/2");
        assertThat(keys(state.scan(NAMES, "a/", "b"))).isEmpty();
        assertThat(keys(state.scan(NAMES, "b/", "a/2"))).containsExactly("b/1");
        assertThat(keys(state.scan(NAMES, "", ""))).containsExactly("a", "a/1", "a/10", "a/2", "b/1");
        assertThat(keys(state.scan(NAMES, "zz", ""))).isEmpty();
        assertThat(state.scan(NAMES, "a/2", "").iterator().next()).isEqualTo(new State.Row<>("a/2", "2"));
    }

    @Test
    void records_everyMember_comesBackAsWritten() {
        LedgerRecord full = new LedgerRecord(
                "444455556666",
                "us-east-1",
                LedgerRecord.Category.DATA,
                "id-1",
                1_764_000_000L,
                "s3.amazonaws.com",
                "PutObject",
                false,
                Optional.of("Zoë 🔑"),
                Optional.of("ASIAEXAMPLE"),
                List.of(new NamedResource("AWS::KMS::Key", "alias/ä"), new NamedResource("AWS::S3::Object", "")),
                Bytes.utf8("{\"x\":\"ä\"}"),
                Bytes.utf8("because"));
        LedgerRecord bare = new LedgerRecord(
                LedgerRecord.OPERATOR_ACCOUNT,
                "",
                LedgerRecord.Category.MANAGEMENT,
                "id-2",
                0,
                "kms.amazonaws.com",
                "Decrypt",
                true,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                Bytes.utf8("{}"),
                Bytes.EMPTY);
        commit(List.of(), full, bare);
        try (Ledger.Cursor cursor = ledger.records(0)) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.record()).isEqualTo(full);
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.record()).isEqualTo(bare);
            assertThat(cursor.next()).isFalse();
        }
    }

    @Test
    void records_fromAnIndex_walksToTheEndAsItWas() {
        for (int i = 0; i < 20; i++) {
            commit(List.of(), event("e" + 2 * i), event("e" + (2 * i + 1)));
        }
        try (Ledger.Cursor cursor = ledger.records(37)) {
            commit(List.of(), event("later"));
            assertThatThrownBy(cursor::record).isInstanceOf(NoSuchElementException.class);
            for (long index = 37; index < 40; index++) {
                assertThat(cursor.next()).isTrue();
                assertThat(cursor.index()).isEqualTo(index);
                assertThat(cursor.record().eventId()).isEqualTo("e" + index);
            }
            assertThat(cursor.next()).isFalse();
            assertThat(cursor.next()).isFalse();
            assertThatThrownBy(cursor::index).isInstanceOf(NoSuchElementException.class);
        }
        assertThat(eventIds(40)).containsExactly("later");
        assertThat(eventIds(41)).isEmpty();
    }

    @Test
    void records_outOfBounds_isRefused() {
        commit(List.of(), event("a"));
        assertThatThrownBy(() -> ledger.records(2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ledger.records(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void records_severalCursors_doNotDisturbOneAnother() {
        commit(List.of(), event("a"), event("b"));
        try (Ledger.Cursor one = ledger.records(0);
                Ledger.Cursor two = ledger.records(1)) {
            assertThat(one.next()).isTrue();
            assertThat(two.next()).isTrue();
            assertThat(one.record().eventId()).isEqualTo("a");
            assertThat(two.record().eventId()).isEqualTo("b");
            assertThat(one.next()).isTrue();
            assertThat(one.record().eventId()).isEqualTo("b");
        }
    }

    @Test
    void commit_64VirtualThreadsOnOneRow_loseNoUpdateAndLeaveNoHole() throws Exception {
        int threads = 64;
        int each = 20;
        ConcurrentHashMap<Long, String> placed = new ConcurrentHashMap<>();
        inParallel(threads, thread -> {
            for (int i = 0; i < each; i++) {
                String id = thread + "/" + i;
                placed.put(increment("counter", id), id);
            }
        });
        assertThat(ledger.read().get(CARDS, "counter").orElseThrow().number()).isEqualTo((long) threads * each);
        assertThat(ledger.end()).isEqualTo((long) threads * each);
        List<String> ids = eventIds(0);
        assertThat(placed).hasSize(threads * each);
        placed.forEach((index, id) -> assertThat(ids.get(index.intValue())).isEqualTo(id));
    }

    @Test
    void commit_twoRowsTogether_areNeverCommittedOnAHalfView() throws Exception {
        commit(List.of(Change.put(CARDS, "left", new Card("", 100)), Change.put(CARDS, "right", new Card("", 100))));
        inParallel(16, thread -> {
            for (int i = 0; i < 25; i++) {
                move(thread % 2 == 0 ? 1 : -1);
            }
        });
        assertThat(ledger.read().get(CARDS, "left").orElseThrow().number()).isEqualTo(100);
        // Each record tells the sum that its decision saw: rows that change together are seen together or not at all.
        try (Ledger.Cursor cursor = ledger.records(0)) {
            while (cursor.next()) {
                assertThat(cursor.record().eventId()).isEqualTo("sum 200");
            }
        }
        assertThat(ledger.end()).isEqualTo(16 * 25);
    }

    private void move(long amount) {
        while (true) {
            State state = ledger.read();
            long left = state.get(CARDS, "left").orElseThrow().number();
            long right = state.get(CARDS, "right").orElseThrow().number();
            try {
                ledger.commit(
                        state,
                        List.of(
                                Change.put(CARDS, "left", new Card("", left - amount)),
                                Change.put(CARDS, "right", new Card("", right + amount))),
                        List.of(event("sum " + (left + right))));
                return;
            } catch (Ledger.Conflict _) {
                Thread.onSpinWait();
            }
        }
    }

    private long increment(String row, String eventId) {
        while (true) {
            State state = ledger.read();
            long before = state.get(CARDS, row).map(Card::number).orElse(0L);
            try {
                return ledger.commit(
                        state, List.of(Change.put(CARDS, row, new Card(eventId, before + 1))), List.of(event(eventId)));
            } catch (Ledger.Conflict _) {
                Thread.onSpinWait();
            }
        }
    }

    /** Work of one of several threads. */
    protected interface Share {
        void run(int thread) throws Exception;
    }

    /** Runs the share on so many virtual threads and rethrows the first failure. */
    protected static void inParallel(int threads, Share share) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int thread = t;
                all.add(executor.submit(() -> {
                    share.run(thread);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } catch (ExecutionException failed) {
            throw new AssertionError(failed.getCause());
        }
    }

    protected long commit(List<Change<?>> changes, LedgerRecord... records) {
        return ledger.commit(ledger.read(), changes, List.of(records));
    }

    protected static LedgerRecord event(String id) {
        return SampleRecords.event(id, 1_764_000_000L);
    }

    /** The event ids from an index to the end. */
    protected List<String> eventIds(long from) {
        return eventIds(ledger, from);
    }

    public static List<String> eventIds(Ledger ledger, long from) {
        List<String> ids = new ArrayList<>();
        try (Ledger.Cursor cursor = ledger.records(from)) {
            while (cursor.next()) {
                ids.add(cursor.record().eventId());
            }
        }
        return ids;
    }

    private static <T> List<String> keys(Iterable<State.Row<T>> rows) {
        List<String> keys = new ArrayList<>();
        rows.forEach(row -> keys.add(row.key()));
        return keys;
    }
}
