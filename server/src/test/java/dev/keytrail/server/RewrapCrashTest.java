package dev.keytrail.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Change;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.testkit.ForwardingLedger;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.testkit.SimulatedClock;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A rotation of the root key that dies at each of its commits, before or behind it: a new start finishes it, and all opens. */
class RewrapCrashTest {
    /** More than two commits' worth of rows to wrap anew. */
    private static final int KEYS = 1_100;

    private static final URI HERE = URI.create("http://127.0.0.1:7480");

    @TempDir
    private Path folder;

    private final SimulatedClock clock = new SimulatedClock();
    private final MemoryStore store = MemoryStore.open(House.tables());
    private long entropy;

    /** Background commits still to pass before the process dies; negative: it lives. */
    private int left = -1;

    private boolean landed;
    private boolean dead;
    private House house;
    private SigningClient admin;

    private static final class Died extends RuntimeException {
        private static final long serialVersionUID = 1L;
    }

    @BeforeEach
    void open() throws IOException {
        start();
        Path credentials = folder.resolve("admin.credentials");
        FirstStart.of(credentials, store.ledger(), house.bootstrap(), house.recorder(), clock);
        List<String> lines = Files.readAllLines(credentials);
        admin = new SigningClient(HERE, value(lines.get(1)), value(lines.get(2)), clock);
    }

    private static String value(String line) {
        return line.substring(line.indexOf('=') + 1).strip();
    }

    private void start() throws IOException {
        Settings settings = Settings.load(Optional.empty(), Map.of(), Map.of());
        Mortal mortal = new Mortal();
        Custodian custodian =
                new Custodian(mortal, folder.resolve("root.key"), settings.custody(), new SeededEntropy(++entropy));
        dead = false;
        house = House.open(new House.Ground(
                store.withLedger(mortal),
                custodian.openAlone().orElseThrow(),
                clock,
                new SeededEntropy(++entropy),
                folder.resolve("objects"),
                Runnable::run,
                settings,
                Optional.empty(),
                Optional.of(custodian),
                new Counters()));
    }

    @Test
    void rotation_thatDiesAtAnyCommit_isFinishedByTheNextStart() throws IOException {
        List<String> blobs = new ArrayList<>();
        for (int i = 0; i < KEYS; i++) {
            String key = member(call("TrentService.CreateKey", "kms", "{}"), "KeyId");
            if (i % 50 == 0) {
                String input = "{\"KeyId\":\"" + key + "\",\"Plaintext\":\"cGxhaW4=\"}";
                blobs.add(member(call("TrentService.Encrypt", "kms", input), "CiphertextBlob"));
            }
        }
        // Three commits of rows, the end of the pass, and the retirement 37 hours later.
        int commits = 5;
        for (int moment = 0; moment < commits; moment++) {
            for (boolean behind : new boolean[] {false, true}) {
                String what = "commit " + moment + (behind ? ", landed" : ", not landed");
                assertThat(call("Keytrail.RotateRootKey", "keytrail", "{}"))
                        .as(what)
                        .contains("RotatedAt");
                landed = behind;
                left = moment;
                run();
                if (!dead) {
                    clock.advance(RewrapJob.RETIREMENT.plus(Duration.ofMinutes(1)));
                    run();
                }
                assertThat(dead).as(what).isTrue();
                left = -1;
                start();
                for (String blob : blobs) {
                    assertThat(call("TrentService.Decrypt", "kms", "{\"CiphertextBlob\":\"" + blob + "\"}"))
                            .as(what)
                            .contains("cGxhaW4=");
                }
                run();
                clock.advance(RewrapJob.RETIREMENT.plus(Duration.ofMinutes(1)));
                run();
                run();
                assertThat(custody().rotation()).as(what).isEmpty();
                for (String blob : blobs) {
                    assertThat(call("TrentService.Decrypt", "kms", "{\"CiphertextBlob\":\"" + blob + "\"}"))
                            .as(what)
                            .contains("cGxhaW4=");
                }
            }
        }
        assertThat(custody().generation()).isEqualTo(1 + 2 * commits);
    }

    private Custody custody() {
        return Custody.find(store.ledger().read()).orElseThrow();
    }

    private void run() {
        for (String name : List.of("custody", "root key", "custody")) {
            try {
                house.steps().stream()
                        .filter(step -> step.name().equals(name))
                        .forEach(step -> step.run().get());
            } catch (Died _) {
                return;
            }
        }
    }

    private String call(String target, String service, String input) {
        byte[] body = input.getBytes(StandardCharsets.UTF_8);
        HttpReply reply = house.answer(HttpRequest.local(
                "POST", "/", "", HttpRequest.Header.all(admin.headers(service, "us-east-1", target, body)), body));
        String text = reply.payload() instanceof HttpReply.Inline inline
                ? inline.bytes().utf8()
                : "";
        assertThat(reply.status()).as(text).isEqualTo(200);
        return text;
    }

    private static String member(String json, String name) {
        return json.replaceAll("(?s).*\"" + name + "\":\"([^\"]*)\".*", "$1");
    }

    /** The store's ledger, whose process dies at a commit of the background's that was chosen. */
    private final class Mortal extends ForwardingLedger {
        Mortal() {
            super(store.ledger());
        }

        @Override
        public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
            if (dead) {
                throw new Died();
            }
            if (left == 0) {
                dead = true;
                if (landed) {
                    super.commit(basis, changes, records);
                }
                throw new Died();
            }
            left -= left > 0 ? 1 : 0;
            return super.commit(basis, changes, records);
        }
    }
}
