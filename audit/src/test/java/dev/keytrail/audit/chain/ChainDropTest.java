package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.Recorder;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Sha256;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A start over a ledger whose first records are gone: only under a signed record that says that they were dropped. */
class ChainDropTest {
    private static final int FIRST = 2 * Edge.TILE_WIDTH;
    private static final Bytes BASE = Bytes.adopt(new byte[32]);
    private static final String UNSAID = "no signed record says that they were dropped";

    private final ChainWorld world = new ChainWorld();
    private final Recorder recorder = new Recorder(world.entropy);
    private Dropped dropped;

    /** The files as they were when the last signed record came before the drop's. */
    private TreeMap<String, Bytes> filesBefore;

    @BeforeEach
    void recordsAreSigned() {
        world.events(FIRST + 100);
        world.settle();
        filesBefore = new TreeMap<>(world.disk.files);
        Bytes root = world.chain.secure(0, FIRST).orElseThrow();
        assertThat(root).isEqualTo(NaiveTree.root(world.leaves().subList(0, FIRST)));
        dropped = drop(FIRST, root, BASE);
    }

    private Dropped drop(long end, Bytes root, Bytes base) {
        return new Dropped(0, end, root, base, Optional.empty(), 30, world.now, Optional.empty(), OptionalLong.empty());
    }

    private LedgerRecord said(Dropped drop) {
        return recorder.record(drop.event(), world.now);
    }

    private long commit(Dropped drop) {
        return world.ledger.commit(world.ledger.read(), List.of(drop.change()), List.of(said(drop)));
    }

    private void note(Dropped drop) {
        world.ledger.commit(world.ledger.read(), List.of(drop.change()), List.of());
    }

    /** Decided, signed, noted and carried out, as the retention does it. */
    private long dropAll() {
        long index = commit(dropped);
        world.events(5);
        world.settle();
        note(dropped.recordedAt(index));
        world.ledger.drop(FIRST);
        return index;
    }

    /** What an operator with root makes of the ledger: one record is another, the rows stay. */
    private void replace(long index, LedgerRecord other) {
        List<LedgerRecord> records = new ArrayList<>(world.ledger.all());
        records.set((int) index, other);
        Dropped known = Dropped.newest(world.ledger.read()).orElseThrow();
        world.rewrite(records);
        note(known);
        world.ledger.drop(FIRST);
    }

    private void putBack(TreeMap<String, Bytes> files) {
        world.disk.files.clear();
        world.disk.files.putAll(files);
    }

    private void assertRefused(String why) {
        assertThatThrownBy(world::open).isInstanceOf(ChainBroken.class).hasMessageContaining(why);
    }

    private void assertGoesOn() {
        Chain again = world.open();
        world.events(7);
        world.settle(again);
        assertThat(world.checkpoint(again).size()).isEqualTo(world.ledger.end());
        assertThat(world.checkpoint(again).root()).isEqualTo(NaiveTree.root(world.leaves()));
        LedgerRecord kept = world.ledger.all().get(FIRST);
        assertThat(again.receipt(FIRST, kept)).isPresent();
    }

    @Test
    void dropSigned_starts() {
        dropAll();
        assertGoesOn();
    }

    @Test
    void dropSigned_placeNotNoted_isFound() {
        commit(dropped);
        world.settle();
        world.ledger.drop(FIRST);
        assertGoesOn();
    }

    @Test
    void dropSigned_placeNotedWrong_isFound() {
        long index = dropAll();
        for (long wrong : new long[] {0, FIRST - 1, FIRST + 3, index + 2, world.ledger.end() + 9}) {
            note(dropped.recordedAt(wrong));
            assertThatCode(world::open).as("noted at %d", wrong).doesNotThrowAnyException();
        }
    }

    @Test
    void dropSigned_upperTilesLost_areDerivedFromTheLeafHashes() {
        dropAll();
        world.disk.files.keySet().removeIf(path -> path.startsWith("tile/") && !path.startsWith("tile/0/"));
        assertGoesOn();
    }

    @Test
    void leafHashesOrCheckpointLost_isRefused() {
        dropAll();
        TreeMap<String, Bytes> whole = new TreeMap<>(world.disk.files);
        world.disk.files.keySet().removeIf(path -> path.startsWith("tile/"));
        assertRefused("tile/0/000 is missing, and its records were dropped");
        putBack(whole);
        world.disk.files.remove(TilePath.CHECKPOINT);
        assertRefused("the log's checkpoint that would prove it is missing");
    }

    @Test
    void noRow_isRefused() {
        world.ledger.drop(FIRST);
        assertRefused("and nothing says why");
    }

    @Test
    void rowOfAnotherDrop_isRefused() {
        Bytes root = NaiveTree.root(world.leaves().subList(0, Edge.TILE_WIDTH));
        commit(drop(Edge.TILE_WIDTH, root, BASE));
        world.settle();
        world.ledger.drop(FIRST);
        assertRefused("and nothing says why");
    }

    @Test
    void otherRoot_isRefused() {
        dropped = drop(FIRST, BASE, BASE);
        dropAll();
        assertRefused("are not theirs");
    }

    @Test
    void signedTreeEndsBeforeWhatStays_isRefused() {
        ChainWorld young = new ChainWorld();
        young.events(10);
        young.settle();
        TreeMap<String, Bytes> early = new TreeMap<>(young.disk.files);
        young.events(FIRST);
        young.settle();
        Bytes root = young.chain.secure(0, FIRST).orElseThrow();
        Dropped drop = drop(FIRST, root, BASE);
        young.ledger.commit(young.ledger.read(), List.of(drop.change()), List.of(said(drop)));
        young.ledger.drop(FIRST);
        young.disk.files.clear();
        young.disk.files.putAll(early);
        assertThatThrownBy(young::open).isInstanceOf(ChainBroken.class).hasMessageContaining("are not theirs");
    }

    @Test
    void noRecord_isRefused() {
        note(dropped);
        world.ledger.drop(FIRST);
        assertRefused(UNSAID);
        note(dropped.recordedAt(FIRST + 1));
        assertRefused(UNSAID);
    }

    @Test
    void recordOfAnotherDrop_isRefused() {
        Bytes otherBase = Sha256.of(BASE);
        for (Dropped other : List.of(drop(FIRST, dropped.root(), otherBase), drop(FIRST, BASE, BASE))) {
            long index = commit(other);
            world.settle();
            note(dropped.recordedAt(index));
        }
        world.ledger.drop(FIRST);
        assertRefused(UNSAID);
    }

    @Test
    void callThatLooksLikeTheRecord_isRefused() {
        String json = said(dropped).json().utf8().replace("AwsServiceEvent", "AwsApiCall");
        long index = world.ledger.commit(
                world.ledger.read(), List.of(), List.of(world.record(ChainWorld.ACCOUNT, "call", json)));
        world.settle();
        note(dropped.recordedAt(index));
        world.ledger.drop(FIRST);
        assertRefused(UNSAID);
    }

    @Test
    void recordNotSignedYet_isRefused() {
        dropAll();
        putBack(filesBefore);
        assertRefused(UNSAID);
    }

    @Test
    void recordPlantedForASignedOne_isRefused() {
        long index = FIRST + 50;
        note(dropped.recordedAt(index));
        replace(index, said(dropped));
        assertRefused(UNSAID);
    }

    @Test
    void recordLostToDamage_starts() {
        long index = dropAll();
        replace(index, lost(world.leaves().get((int) index)));
        assertThatCode(world::open).doesNotThrowAnyException();
    }

    @Test
    void recordLost_otherHashThanWasSigned_isRefused() {
        long index = dropAll();
        replace(index, lost(Bytes.utf8("{}")));
        assertRefused(UNSAID);
    }

    @Test
    void recordLost_unsignedOneSaysTheSame_isRefused() {
        long index = dropAll();
        replace(index, lost(world.leaves().get((int) index)));
        world.ledger.commit(world.ledger.read(), List.of(), List.of(said(dropped)));
        assertRefused(UNSAID);
    }

    private static LedgerRecord lost(Bytes json) {
        return LostRecord.of(new TreeHasher().leaf(json), Instant.EPOCH.getEpochSecond());
    }
}
