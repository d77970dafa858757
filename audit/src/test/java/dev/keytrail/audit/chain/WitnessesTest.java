package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.chain.ReceiptVerifier.Verdict;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A log and its witnesses: cosignatures come together, and the dead are waited for by nobody. */
class WitnessesTest {
    private final ChainWorld world = new ChainWorld();
    private TestWitness one;
    private TestWitness two;
    private Witnesses witnesses;

    @BeforeEach
    void twoWitnesses() {
        one = new TestWitness("witness.example/one", world.key());
        two = new TestWitness("witness.example/two", world.key());
    }

    private void quorum(int quorum) {
        world.witnesses = new WitnessPolicy(List.of(one.member(), two.member()), quorum);
        reopen();
    }

    private void reopen() {
        world.chain = world.open();
        witnesses = new Witnesses(world.chain, (url, body) -> (one.isAt(url) ? one : two).post(url, body));
    }

    /** So many seconds, with all steps in each. */
    private void live(int seconds) {
        for (int i = 0; i < seconds; i++) {
            world.now = world.now.plusSeconds(1);
            world.settle();
            witnesses.lookouts().forEach(lookout -> lookout.step(world.now));
        }
    }

    private Verdict verify(Receipt receipt, int quorum, TestWitness... trusted) {
        List<VerifierKeys> keys = new ArrayList<>();
        for (TestWitness witness : trusted) {
            keys.add(witness.witness.verifierKeys());
        }
        return new ReceiptVerifier(world.key(), keys, quorum).verify(receipt.json());
    }

    @Test
    void receipt_carriesAllCosignatures_andNotABitOfItMayChange() {
        quorum(0);
        world.events(50);
        live(2);
        Receipt receipt = world.receipt(20);
        assertThat(receipt.witnesses()).hasSize(4);
        assertThat(verify(receipt, 2, one, two))
                .isInstanceOfSatisfying(
                        Verdict.Proven.class,
                        proven -> assertThat(proven.witnesses())
                                .containsExactly("witness.example/one", "witness.example/two"));
        assertThat(verify(receipt, 0)).isInstanceOf(Verdict.Proven.class);
        byte[] file = receipt.json().toArray();
        for (int bit = 0; bit < file.length * 8; bit += 61) {
            file[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(ReceiptVerifier.verify(Bytes.copyOf(file), world.key()))
                    .as("bit %d", bit)
                    .isInstanceOf(Verdict.Rejected.class);
            file[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void deadWitness_bestEffort_holdsUpNothing() {
        quorum(0);
        two.dead = true;
        world.events(50);
        live(3);
        assertThat(verify(world.receipt(20), 1, one, two)).isInstanceOf(Verdict.Proven.class);
        assertThat(verify(world.receipt(20), 2, one, two)).isInstanceOf(Verdict.Rejected.class);
        one.dead = true;
        world.events(50);
        live(1);
        assertThat(world.receipt(90).witnesses())
                .as("newer than the last cosigned one")
                .isEmpty();
        live(20);
        assertThat(world.checkpoint().size()).isEqualTo(world.ledger.end());
        assertThat(witnesses.status()).allSatisfy(status -> {
            assertThat(status.failures()).isPositive();
            assertThat(status.disputes()).isFalse();
            assertThat(status.error()).isPresent();
        });
        int asked = one.requests;
        live(10);
        assertThat(one.requests - asked).as("asked less and less often").isLessThan(4);
        one.dead = false;
        two.dead = false;
        live(90);
        assertThat(verify(world.receipt(90), 2, one, two)).isInstanceOf(Verdict.Proven.class);
    }

    @Test
    void quorum_isWaitedForByReceipts() {
        quorum(2);
        two.dead = true;
        world.events(50);
        live(8);
        assertThat(world.receipts().ofIndex(ChainWorld.ACCOUNT, 20)).isEqualTo(new Receipts.Answer.NotYet());
        assertThat(world.chain.checkpoint()).isEmpty();
        assertThat(world.chain.newest()).isPresent();
        two.dead = false;
        live(80);
        assertThat(verify(world.receipt(20), 2, one, two)).isInstanceOf(Verdict.Proven.class);
    }

    @Test
    void cosignedCheckpoint_isThereAfterARestart_whateverHasGrownSince() {
        quorum(2);
        world.events(50);
        live(2);
        one.dead = true;
        world.events(300);
        live(2);
        reopen();
        assertThat(verify(world.receipt(20), 2, one, two)).isInstanceOf(Verdict.Proven.class);
        assertThat(world.receipts().ofIndex(ChainWorld.ACCOUNT, 200)).isEqualTo(new Receipts.Answer.NotYet());
        one.dead = false;
        live(5);
        assertThat(verify(world.receipt(200), 2, one, two)).isInstanceOf(Verdict.Proven.class);
        // Witnesses forget nothing, and a log that does asks them where they are.
        reopen();
        world.events(5);
        live(3);
        assertThat(verify(world.receipt(354), 2, one, two)).isInstanceOf(Verdict.Proven.class);
    }

    @Test
    void ownCheckpointPutBack_behindTheCosignedOne_stopsTheStart() {
        quorum(1);
        world.events(50);
        live(2);
        Bytes old = world.disk.files.get(TilePath.CHECKPOINT);
        world.events(50);
        live(2);
        world.disk.files.put(TilePath.CHECKPOINT, old);
        assertThatThrownBy(world::open).isInstanceOf(ChainBroken.class).hasMessageContaining("witnesses");
    }

    @Test
    void forkSignedWithTheStolenKey_isDisputed() {
        quorum(1);
        world.events(50);
        live(2);
        List<LedgerRecord> records = new ArrayList<>(world.ledger.all());
        records.set(10, world.record(ChainWorld.ACCOUNT, "x", "{}"));
        world.rewrite(records);
        world.disk.files.clear();
        reopen();
        world.events(50);
        live(10);
        assertThat(world.chain.newest()).as("the forger signs").isPresent();
        assertThat(world.chain.checkpoint()).isEmpty();
        assertThat(witnesses.status())
                .allSatisfy(status -> assertThat(status.disputes()).isTrue());
        assertThat(world.verify(world.key(), one.remembered()).sound()).isFalse();
    }
}
