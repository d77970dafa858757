package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.testkit.SeededEntropy;
import java.io.IOException;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** A real witness without the network; may be dead. */
final class TestWitness implements Witnesses.Post {
    private static final Instant NOW = Instant.parse("2026-03-04T05:06:08Z");

    final MemoryDisk disk = new MemoryDisk();
    final VerifierKeys log;
    private final Vault vault;
    private final SeededEntropy entropy;
    private final URI url;
    Witness witness;
    boolean dead;
    int requests;

    TestWitness(String name, VerifierKeys log) {
        this.log = log;
        this.url = URI.create("http://" + name);
        entropy = new SeededEntropy(name.hashCode());
        vault = new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy);
        witness = Witness.open(disk, vault, entropy, Optional.of(name), List.of(log));
    }

    WitnessPolicy.Member member() {
        return new WitnessPolicy.Member(url, witness.verifierKeys());
    }

    void restart() {
        witness = Witness.open(disk, vault, entropy, Optional.empty(), List.of(log));
    }

    /** The note that an auditor gets. */
    SignedNote remembered() {
        return SignedNote.parse(((Witness.Reply.Text) witness.checkpoint(Witness.hash(log.name()))).text())
                .orElseThrow();
    }

    Witness.Reply ask(String body) {
        return witness.addCheckpoint(Bytes.utf8(body), NOW);
    }

    boolean isAt(URI asked) {
        return asked.toString().equals(url + "/add-checkpoint");
    }

    @Override
    public Witnesses.Answer post(URI asked, Bytes body) throws IOException {
        requests++;
        if (dead || !isAt(asked)) {
            throw new IOException("told to be dead");
        }
        return switch (witness.addCheckpoint(body, NOW)) {
            case Witness.Reply.Text(String text) -> new Witnesses.Answer(200, Bytes.utf8(text));
            case Witness.Reply.Conflict(long size) -> new Witnesses.Answer(409, Bytes.utf8(size + "\n"));
            case Witness.Reply.Refusal(int status, String why) -> new Witnesses.Answer(status, Bytes.utf8(why));
        };
    }
}
