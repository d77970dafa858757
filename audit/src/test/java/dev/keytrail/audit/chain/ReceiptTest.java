package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.chain.ReceiptVerifier.Verdict;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

class ReceiptTest {
    private static final int CHECKPOINTS = 10;

    private final ChainWorld world = new ChainWorld();

    private Verdict verify(byte[] file) {
        return ReceiptVerifier.verify(Bytes.copyOf(file), world.key());
    }

    @Test
    void receipt_ofEveryEvent_isProven() {
        world.events(600);
        world.settle();
        for (long index = 1; index < world.ledger.end(); index += 7) {
            Bytes file = world.receipt(index).json();
            assertThat(ReceiptVerifier.verify(file, world.key()))
                    .isEqualTo(new Verdict.Proven(
                            world.ledger.all().get((int) index).json(), index, world.checkpoint(), List.of()));
            assertThat(Receipt.parse(file)).contains(world.receipt(index));
        }
    }

    @Test
    void receipt_anyBitChanged_isRejected() {
        world.events(70);
        world.settle();
        byte[] file = (world.receipt(42).json().utf8() + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(verify(file)).isInstanceOf(Verdict.Proven.class);
        // The long signature stands at the end, and its bits are all alike; conformance/go takes each of them.
        for (int bit = 0; bit < file.length * 8; bit += bit < 1200 * 8 ? 1 : 23) {
            file[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(verify(file)).as("bit %d", bit).isInstanceOf(Verdict.Rejected.class);
            file[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void receipt_cutOrLengthenedOrOfAnotherKey_isRejected() {
        world.events(70);
        world.settle();
        byte[] file = world.receipt(42).json().toArray();
        for (int length = 0; length < file.length; length++) {
            assertThat(verify(java.util.Arrays.copyOf(file, length))).isInstanceOf(Verdict.Rejected.class);
        }
        assertThat(verify((new String(file, java.nio.charset.StandardCharsets.UTF_8) + " ")
                        .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                .isInstanceOf(Verdict.Rejected.class);
        VerifierKeys other = VerifierKeys.of(
                new VerifierKey(ChainWorld.ORIGIN, VerifierKey.Kind.ED25519, Bytes.adopt(new byte[32])));
        assertThat(ReceiptVerifier.verify(Bytes.copyOf(file), other)).isInstanceOf(Verdict.Rejected.class);
    }

    @Test
    void receipt_lookups_seeTheOwnAccountAlone() {
        world.events(10);
        world.settle();
        Receipts receipts = world.receipts();
        long second = world.now.getEpochSecond();
        assertThat(receipts.ofEvent(ChainWorld.ACCOUNT, ChainWorld.REGION, "event-5", second))
                .isEqualTo(new Receipts.Answer.Made(world.receipt(5)));
        Receipts.Answer unknown = new Receipts.Answer.Unknown();
        assertThat(receipts.ofEvent("444455556666", ChainWorld.REGION, "event-5", second))
                .isEqualTo(unknown);
        assertThat(receipts.ofEvent(ChainWorld.ACCOUNT, "us-west-2", "event-5", second))
                .isEqualTo(unknown);
        assertThat(receipts.ofIndex("444455556666", 5)).isEqualTo(unknown);
        assertThat(receipts.ofIndex(ChainWorld.ACCOUNT, 11)).isEqualTo(unknown);
        assertThat(receipts.ofIndex(ChainWorld.ACCOUNT, -1)).isEqualTo(unknown);
        world.events(1);
        assertThat(receipts.ofIndex(ChainWorld.ACCOUNT, 11)).isEqualTo(new Receipts.Answer.NotYet());
        world.settle();
        assertThat(receipts.ofIndex(ChainWorld.ACCOUNT, 11)).isInstanceOf(Receipts.Answer.Made.class);
    }

    @Test
    void verifierKey_text_isReadBackAndChecked() {
        VerifierKey first = world.key().keys().getFirst();
        String text = first.text();
        assertThat(VerifierKey.parse(text)).contains(first);
        assertThat(VerifierKeys.parse(world.key().text() + "\n")).contains(world.key());
        assertThat(world.key().keys()).hasSize(2);
        assertThat(VerifierKey.parse(world.key().keys().getLast().text()))
                .contains(world.key().keys().getLast());
        assertThat(VerifierKey.parse(text.replace("example", "exbmple"))).isEmpty();
        assertThat(VerifierKey.parse("a+b")).isEmpty();
        // The example key of Go's sumdb/note package.
        String known = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
        assertThat(VerifierKey.parse(known).map(VerifierKey::text)).contains(known);
    }

    /** Go's note example: a signature made by other hands. */
    @Test
    void signedNote_ofOthers_isVerified() {
        String note = "If you think cryptography is the answer to your problem,\n"
                + "then you don't know what your problem is.\n\n"
                + "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";
        VerifierKey key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
                .orElseThrow();
        assertThat(SignedNote.parse(note).map(n -> n.signedBy(key))).contains(true);
        assertThat(SignedNote.parse(note.replace("answer", "anwser")).map(n -> n.signedBy(key)))
                .contains(false);
        assertThat(SignedNote.parse(note).map(SignedNote::note)).contains(note);
    }

    /** Whoever has both keys wants both signatures; a line that no key is known for is not passed over. */
    @Test
    void receipt_lackingASignature_orWithAStrayOne_isRejected() {
        world.events(70);
        world.settle();
        Receipt receipt = world.receipt(42);
        SignedNote note = SignedNote.parse(receipt.checkpoint()).orElseThrow();
        assertThat(note.signatures()).hasSize(2);
        for (int kept = 0; kept < 2; kept++) {
            SignedNote less =
                    new SignedNote(note.text(), List.of(note.signatures().get(kept)));
            Receipt cut = new Receipt(receipt.event(), receipt.index(), receipt.proof(), less.note(), List.of());
            assertThat(ReceiptVerifier.verify(cut.json(), world.key())).isInstanceOf(Verdict.Rejected.class);
            VerifierKeys one = VerifierKeys.of(world.key().keys().get(kept));
            assertThat(ReceiptVerifier.verify(cut.json(), one)).isInstanceOf(Verdict.Proven.class);
            assertThat(ReceiptVerifier.verify(receipt.json(), one))
                    .isInstanceOfSatisfying(
                            Verdict.Rejected.class, r -> assertThat(r.reason()).contains("signature line"));
        }
    }

    /** Writes a log and receipts for verifiers of other make: see conformance/go. */
    @Test
    @EnabledIfSystemProperty(named = "keytrail.receiptsFolder", matches = ".+")
    void receipts_many_areWrittenForOtherVerifiers() throws IOException {
        Path folder = Path.of(System.getProperty("keytrail.receiptsFolder", ""));
        int count = Integer.getInteger("keytrail.receipts", 10_000);
        TestWitness witness = new TestWitness("witness.example/w1", world.key());
        world.witnesses = new WitnessPolicy(List.of(witness.member()), 1);
        world.chain = world.open();
        Witnesses.Lookout lookout =
                new Witnesses(world.chain, witness).lookouts().getFirst();
        // Under checkpoints of many sizes, and taken in turn, so that the first ones are of all.
        List<List<String>> stretches = new ArrayList<>();
        for (int stretch = 0; stretch < CHECKPOINTS; stretch++) {
            world.events((count + 70_000) / CHECKPOINTS);
            world.settle();
            lookout.step(world.now);
            List<String> receipts = new ArrayList<>();
            for (int i = stretch; i < count; i += CHECKPOINTS) {
                long index = 1 + (long) i * 7919 % (world.ledger.end() - 1);
                receipts.add(world.receipt(index).json().utf8());
            }
            stretches.add(receipts);
        }
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("witness-key"), witness.witness.verifierKeys().text() + "\n");
        FolderDisk log = new FolderDisk(folder.resolve("log"));
        log.write(TilePath.CHECKPOINT, world.disk.read(TilePath.CHECKPOINT).orElseThrow());
        log.write(TilePath.VERIFIER_KEY, world.disk.read(TilePath.VERIFIER_KEY).orElseThrow());
        long size = world.checkpoint().size();
        for (int level = 0; Edge.entries(size, level) > 0; level++) {
            for (long number = 0; Edge.width(size, level, number) > 0; number++) {
                int width = Edge.width(size, level, number);
                log.putTile(level, number, world.disk.tile(level, number, width).orElseThrow());
            }
        }
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < count; i++) {
            lines.append(stretches.get(i % CHECKPOINTS).get(i / CHECKPOINTS)).append('\n');
        }
        Files.writeString(folder.resolve("receipts.jsonl"), lines);
    }
}
