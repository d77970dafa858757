package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class ChainTest {
    private final ChainWorld world = new ChainWorld();

    private void requireWhole(Chain log) {
        Checkpoint signed = world.checkpoint(log);
        assertThat(signed.size()).isEqualTo(world.ledger.end());
        assertThat(signed.root()).isEqualTo(NaiveTree.root(world.leaves()));
    }

    @Test
    void step_withoutKey_signsNothing() {
        ChainWorld bare = new ChainWorld();
        bare.ledger = new dev.keytrail.call.FakeLedger();
        Chain log = bare.open();
        assertThat(log.step(bare.now)).isEqualTo(Chain.INTERVAL);
        assertThat(log.checkpoint()).isEmpty();
    }

    @Test
    void step_afterRecords_signsAllOfThem() {
        for (int count : new int[] {1, 254, 3, 300, 70_000}) {
            world.events(count);
            world.settle();
            Checkpoint signed = world.checkpoint();
            assertThat(signed.size()).isEqualTo(world.ledger.end());
            if (count < 1000) {
                requireWhole(world.chain);
            }
        }
        assertThat(world.disk.files).containsKey("tile/1/000").containsKey("tile/0/273");
    }

    @Test
    void step_behindByMuch_signsOnTheWay() {
        world.events(2 * Chain.PORTION_RECORDS);
        world.chain.step(world.now);
        assertThat(world.checkpoint().size()).isEqualTo(Chain.PORTION_RECORDS);
        assertThat(world.chain.step(world.now)).isZero();
        assertThat(world.checkpoint().size()).isEqualTo(Chain.PORTION_RECORDS);
        world.settle();
        assertThat(world.checkpoint().size()).isEqualTo(world.ledger.end());
    }

    @Test
    void step_nothingNew_writesNothing() {
        world.events(3);
        world.settle();
        world.disk.writes = 0;
        world.settle();
        assertThat(world.disk.writes).isZero();
    }

    @Test
    void restart_afterAnySize_goesOnConsistently() {
        for (int count : new int[] {10, 246, 1, 255, 256, 700}) {
            world.events(count);
            world.settle();
            Checkpoint before = world.checkpoint();
            Chain again = world.open();
            assertThat(world.checkpoint(again)).isEqualTo(before);
            world.events(5);
            world.settle(again);
            requireWhole(again);
            List<Bytes> proof = again.consistency(before.size()).orElseThrow();
            assertThat(MerkleProofs.consistent(
                            before.size(),
                            before.root(),
                            world.ledger.end(),
                            world.checkpoint(again).root(),
                            proof))
                    .isTrue();
            world.chain = again;
        }
    }

    @Test
    void crash_atAnyWrite_losesNothing() {
        world.events(250);
        world.settle();
        TreeMap<String, Bytes> files = new TreeMap<>(world.disk.files);
        world.events(300);
        for (boolean landed : new boolean[] {false, true}) {
            boolean failed = true;
            for (int write = 0; failed; write++) {
                assertThat(write).isLessThan(100);
                world.disk.files.clear();
                world.disk.files.putAll(files);
                Chain log = world.open();
                world.disk.failAt(write, landed);
                failed = false;
                try {
                    world.settle(log);
                } catch (UncheckedIOException _) {
                    failed = true;
                }
                world.disk.failAt(-1, false);
                // The process goes on, or another begins on what is there.
                world.settle(log);
                requireWhole(log);
                Chain next = world.open();
                world.settle(next);
                requireWhole(next);
            }
        }
    }

    @Test
    void tiles_lostOrDamaged_areDerivedAgain() {
        world.events(1500);
        world.settle();
        TreeMap<String, Bytes> whole = new TreeMap<>(world.disk.files);
        for (String path : whole.keySet()) {
            if (path.startsWith("tile/")) {
                for (Optional<Bytes> damage :
                        List.of(Optional.<Bytes>empty(), Optional.of(Bytes.adopt(new byte[8192])))) {
                    world.disk.files.remove(path);
                    damage.ifPresent(content -> world.disk.files.put(path, content));
                    Chain log = world.open();
                    world.settle(log);
                    for (long index : new long[] {1, 300, 1400}) {
                        LedgerRecord record = world.ledger.all().get((int) index);
                        assertThat(log.receipt(index, record)).isPresent();
                    }
                }
            }
        }
        world.disk.files.clear();
        world.settle(world.open());
        whole.forEach((path, content) -> {
            if (path.startsWith("tile/")) {
                assertThat(world.disk.files.get(path)).as(path).isEqualTo(content);
            }
        });
    }

    @Test
    void open_ledgerCut_isRefused() {
        world.events(100);
        world.settle();
        world.rewrite(world.ledger.all().subList(0, 90));
        assertThatThrownBy(world::open).isInstanceOf(ChainBroken.class).hasMessageContaining("cut");
    }

    @Test
    void open_newestRecordChanged_isRefusedAndNamed() {
        world.events(100);
        world.settle();
        List<LedgerRecord> records = new ArrayList<>(world.ledger.all());
        records.set(77, world.record(ChainWorld.ACCOUNT, "event-77", "{}"));
        world.rewrite(records);
        assertThatThrownBy(world::open).isInstanceOf(ChainBroken.class).hasMessageContaining("record 77 ");
    }

    @Test
    void oldRecordChanged_tilesLost_isNotSignedOver() {
        world.events(2000);
        world.settle();
        List<LedgerRecord> records = new ArrayList<>(world.ledger.all());
        records.set(7, world.record(ChainWorld.ACCOUNT, "event-7", "{}"));
        world.rewrite(records);
        Bytes checkpoint = world.disk.files.get(TilePath.CHECKPOINT);
        world.disk.files.keySet().removeIf(path -> path.startsWith("tile/"));
        Chain log = world.open();
        world.events(10);
        assertThatThrownBy(() -> world.settle(log)).isInstanceOf(ChainBroken.class);
        world.settle(log);
        assertThat(world.disk.files.get(TilePath.CHECKPOINT)).isEqualTo(checkpoint);
        assertThatThrownBy(() -> log.receipt(9, records.get(9))).isInstanceOf(ChainBroken.class);
    }

    @Test
    void receipt_ofChangedRecord_isRefused() {
        world.events(2000);
        world.settle();
        assertThatThrownBy(() -> world.chain.receipt(7, world.record(ChainWorld.ACCOUNT, "event-7", "{}")))
                .isInstanceOf(ChainBroken.class)
                .hasMessageContaining("record 7 ");
    }

    @Test
    void open_foreignCheckpointOrOtherName_isRefused() {
        ChainWorld other = new ChainWorld();
        other.events(1);
        other.settle();
        world.events(20);
        world.settle();
        world.disk.files.put(TilePath.CHECKPOINT, Bytes.utf8("nonsense"));
        assertThatThrownBy(world::open).isInstanceOf(ChainBroken.class);
        Bytes foreign =
                Bytes.utf8(other.chain.checkpoint().orElseThrow().note().replace("example.org/log", "example.org/lag"));
        world.disk.files.put(TilePath.CHECKPOINT, foreign);
        assertThatThrownBy(world::open).isInstanceOf(ChainBroken.class);
        assertThatThrownBy(() -> Chain.open(
                        world.ledger,
                        new MemoryDisk(),
                        world.vault,
                        world.entropy,
                        Optional.of("other"),
                        WitnessPolicy.NONE))
                .isInstanceOf(ChainBroken.class)
                .hasMessageContaining(ChainWorld.ORIGIN);
    }
}
