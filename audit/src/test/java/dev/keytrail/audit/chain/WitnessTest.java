package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.chain.Witness.Reply;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What C2SP tlog-witness says of each request, and what must never be cosigned. */
class WitnessTest {
    private final ChainWorld world = new ChainWorld();
    private TestWitness witness;

    @BeforeEach
    void aLog() {
        world.events(99);
        world.settle();
        witness = new TestWitness("witness.example/w1", world.key());
    }

    private SignedNote signed(int more) {
        world.events(more);
        world.settle();
        return world.chain.checkpoint().orElseThrow();
    }

    private static String body(long old, List<Bytes> proof, SignedNote note) {
        StringBuilder out = new StringBuilder("old " + old + "\n");
        proof.forEach(hash -> out.append(Base64Text.encode(hash)).append('\n'));
        return out.append('\n').append(note.note()).toString();
    }

    private String growth(long old) {
        return body(
                old,
                old == 0 ? List.of() : world.chain.consistency(old).orElseThrow(),
                world.chain.checkpoint().orElseThrow());
    }

    private static int status(Reply reply) {
        return switch (reply) {
            case Reply.Text _ -> 200;
            case Reply.Conflict _ -> 409;
            case Reply.Refusal refusal -> refusal.status();
        };
    }

    @Test
    void growingLog_isCosignedWithBothKeys_andRemembered() {
        for (int i = 0; i < 5; i++) {
            long old = i == 0 ? 0 : world.checkpoint().size();
            SignedNote note = i == 0 ? world.chain.checkpoint().orElseThrow() : signed(37);
            String lines = ((Reply.Text) witness.ask(growth(old))).text();
            SignedNote cosigned = note.plus(SignedNote.parseSignatures(lines).orElseThrow());
            assertThat(cosigned.signatures()).hasSize(4);
            assertThat(cosigned.signedBy(witness.witness.verifierKeys())).isTrue();
            assertThat(cosigned.signedBy(world.key())).isTrue();
            witness.restart();
            assertThat(witness.remembered()).isEqualTo(cosigned);
        }
        // The same again is no change, and may be cosigned anew.
        long size = world.checkpoint().size();
        assertThat(status(witness.ask(
                        body(size, List.of(), world.chain.checkpoint().orElseThrow()))))
                .isEqualTo(200);
    }

    @Test
    void requests_areRefusedAsTheProtocolSays() {
        SignedNote first = world.chain.checkpoint().orElseThrow();
        assertThat(status(witness.ask("old 0\n\nnonsense"))).isEqualTo(400);
        assertThat(status(witness.ask("old 00\n\n" + first.note()))).isEqualTo(400);
        assertThat(status(witness.ask("old 0\n" + "A\n".repeat(64) + "\n" + first.note())))
                .isEqualTo(400);
        assertThat(status(witness.ask("old 101\n\n" + first.note()))).isEqualTo(400);
        assertThat(status(witness.ask("old 0\n\n" + first.note().replace("example.org", "example.com"))))
                .isEqualTo(404);
        assertThat(status(witness.ask("old 0\n\n" + first.note().replace("\n100\n", "\n101\n"))))
                .isEqualTo(403);
        SignedNote half =
                new SignedNote(first.text(), List.of(first.signatures().getFirst()));
        assertThat(status(witness.ask("old 0\n\n" + half.note())))
                .as("one of two keys")
                .isEqualTo(403);
        assertThat(witness.ask("old 1\n\n" + first.note())).isEqualTo(new Reply.Conflict(0));
        assertThat(status(witness.ask("old 0\n" + "A".repeat(43) + "=\n\n" + first.note())))
                .isEqualTo(422);
        assertThat(status(witness.witness.checkpoint(Witness.hash(ChainWorld.ORIGIN))))
                .isEqualTo(404);
        assertThat(status(witness.ask("old 0\n\n" + first.note()))).isEqualTo(200);
        assertThat(witness.ask("old 0\n\n" + first.note())).isEqualTo(new Reply.Conflict(100));
        signed(50);
        List<Bytes> proof = new ArrayList<>(world.chain.consistency(100).orElseThrow());
        proof.set(0, Bytes.adopt(new byte[32]));
        assertThat(status(witness.ask(body(100, proof, world.chain.checkpoint().orElseThrow()))))
                .isEqualTo(422);
        assertThat(status(witness.ask(
                        body(100, List.of(), world.chain.checkpoint().orElseThrow()))))
                .isEqualTo(422);
    }

    @Test
    void logPutBack_orForked_isNotCosigned() {
        SignedNote old = world.chain.checkpoint().orElseThrow();
        witness.ask(growth(0));
        SignedNote newer = signed(50);
        witness.ask(growth(100));
        assertThat(witness.ask(body(0, List.of(), old))).as("put back").isEqualTo(new Reply.Conflict(150));

        List<LedgerRecord> records = new ArrayList<>(world.ledger.all());
        records.set(120, world.record(ChainWorld.ACCOUNT, "x", "{}"));
        world.rewrite(records);
        world.disk.files.clear();
        Chain fork = world.open();
        world.settle(fork);
        SignedNote forked = fork.checkpoint().orElseThrow();
        assertThat(forked.signedBy(world.key())).as("the stolen key signs it").isTrue();
        assertThat(status(witness.ask(body(150, List.of(), forked)))).isEqualTo(422);
        world.events(10);
        world.settle(fork);
        String grown =
                body(150, fork.consistency(150).orElseThrow(), fork.checkpoint().orElseThrow());
        assertThat(status(witness.ask(grown))).isEqualTo(422);
        assertThat(witness.remembered().text()).isEqualTo(newer.text());
    }

    @Test
    void checkpoint_isDurableBeforeTheCosignatureLeaves() {
        for (boolean landed : new boolean[] {false, true}) {
            witness.disk.failAt(0, landed);
            assertThatThrownBy(() -> witness.ask(growth(0))).isInstanceOf(UncheckedIOException.class);
        }
        witness.restart();
        assertThat(witness.ask(
                        "old 1\n\n" + world.chain.checkpoint().orElseThrow().note()))
                .isEqualTo(new Reply.Conflict(100));
    }

    @Test
    void damagedMemory_isNotTakenForNone() {
        witness.ask(growth(0));
        String file = "logs/" + Witness.hash(ChainWorld.ORIGIN);
        witness.disk.files.put(file, Bytes.utf8("nonsense"));
        witness.restart();
        assertThatThrownBy(() -> witness.ask(growth(0))).isInstanceOf(IllegalStateException.class);
    }
}
