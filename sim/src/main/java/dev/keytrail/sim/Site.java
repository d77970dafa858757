package dev.keytrail.sim;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.server.FirstStart;
import dev.keytrail.server.House;
import dev.keytrail.server.Settings;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreOptions;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.testkit.SimulatedClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One machine with one house on it: its clock, chance, disk and store, through all its lives. The embedded store's index
 * and the buckets' content lie in a real folder, everything else in memory.
 */
final class Site implements AutoCloseable {
    private static final int SEGMENT_BYTES = 64 << 10;
    private static final Duration COMMIT_TIMEOUT = Duration.ofMillis(300);
    /** Far more than the store's own pauses between tries. */
    private static final int RECOVERY_TRIES = 20_000;

    private static final long PAUSE_NANOS = 500_000;

    private final Scenario scenario;
    private final Path folder;
    private final byte[] rootKey;
    private final Settings settings;
    private final boolean virtualTime;
    final SimulatedClock clock = new SimulatedClock();
    final SeededEntropy entropy;
    SimDisk disk = new SimDisk();
    private final Store memory = MemoryStore.open(House.tables());
    private @Nullable Life life;
    private Duration commitTimeout = COMMIT_TIMEOUT;

    /** One process, from its start to its end. */
    private record Life(SimStore store, House house) {}

    Site(Scenario scenario, Path folder) throws IOException {
        this(scenario, folder, false);
    }

    /**
     * @param virtualTime whether the house's time can be made to run ahead of the site's clock. There is no event history
     *     then: what starts again finds its ledger alone
     */
    Site(Scenario scenario, Path folder, boolean virtualTime) throws IOException {
        this.virtualTime = virtualTime;
        this.scenario = scenario;
        this.folder = folder;
        this.entropy = new SeededEntropy(scenario.seed());
        this.rootKey = entropy.bytes(32);
        this.settings =
                Settings.load(Optional.empty(), Map.of(), Map.of("bench.indexing", Boolean.toString(!virtualTime)));
    }

    /** Starts the house on what is there. Returns who may call. */
    Login start() throws IOException {
        Store real = scenario.store() == Scenario.StoreKind.MEMORY ? memory : openEmbedded();
        try {
            boolean erred = life != null && life.store().simulated().hasErred();
            SimLedger ledger = new SimLedger(real.ledger(), erred ? Scenario.Defect.NONE : scenario.defect());
            SimStore store = new SimStore(real, ledger, scenario.defect());
            House house = House.open(new House.Ground(
                    store,
                    new RootKey(Secret.copyOf(rootKey)),
                    virtualTime ? House.virtualTime(clock, ledger) : clock,
                    entropy,
                    folder.resolve("objects"),
                    Runnable::run,
                    settings));
            FirstStart first = FirstStart.of(
                    folder.resolve("admin.credentials"), ledger, house.bootstrap(), house.recorder(), clock);
            life = new Life(store, house);
            return login(first);
        } catch (IOException | RuntimeException failed) {
            if (isEmbedded()) {
                real.close();
            }
            throw failed;
        }
    }

    /** From the next life on: how long a commit may wait for a disk that fails before it is refused. */
    void commitTimeout(Duration timeout) {
        commitTimeout = timeout;
    }

    private EmbeddedStore openEmbedded() throws IOException {
        StoreOptions options = StoreOptions.defaults()
                .withSegmentBytes(SEGMENT_BYTES)
                .withCommitTimeout(commitTimeout)
                .withIndexing(settings.indexing())
                .withTailRecordsMax(64);
        return EmbeddedStore.open(folder.resolve("store"), disk, House.tables(), options, clock);
    }

    static Login login(FirstStart first) throws IOException {
        List<String> lines = Files.readAllLines(first.credentialsFile(), StandardCharsets.US_ASCII);
        return new Login(
                "admin", first.account(), value(lines, "aws_access_key_id"), value(lines, "aws_secret_access_key"));
    }

    private static String value(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf('=') + 1).strip())
                .findFirst()
                .orElseThrow();
    }

    boolean isEmbedded() {
        return scenario.store() == Scenario.StoreKind.EMBEDDED;
    }

    House house() {
        return living().house();
    }

    SimLedger ledger() {
        return living().store().simulated();
    }

    /** The ledger as the store has it, whatever is simulated around it. */
    Ledger truth() {
        return living().store().real().ledger();
    }

    private Life living() {
        if (life == null) {
            throw new IllegalStateException("the house is not started");
        }
        return life;
    }

    /** Whether this life is over: nothing that the house says any more reaches anybody. */
    boolean isDown() {
        return disk.isCut() || ledger().isDead();
    }

    /** Ends this life without ado. Memory keeps what was committed; the disk keeps what it had and some of the rest. */
    void kill(SimDisk.Unsynced unsynced) {
        if (isEmbedded()) {
            SimDisk after = disk.afterCut(unsynced);
            living().store().close();
            disk = after;
        }
    }

    /** Ends this life cleanly: nothing may be left that a power cut could still take. */
    void stop() {
        if (isEmbedded()) {
            living().store().close();
            disk = disk.afterCut(SimDisk.Unsynced.LOST);
        }
    }

    /** Puts a copy of the index aside. The house must be down. */
    void keepIndex() throws IOException {
        Path older = folder.resolve("older-views");
        deleteTree(older);
        copyTree(folder.resolve("store").resolve("views"), older);
    }

    /** The index was not written behind the ledger in time, or never: an older copy, or none, takes its place. */
    void olderIndex() throws IOException {
        Path index = folder.resolve("store").resolve("views");
        deleteTree(index);
        copyTree(folder.resolve("older-views"), index);
    }

    /** Waits until the store takes commits again; faults must have been lifted. */
    void awaitRecovery() {
        for (int i = 0; i < RECOVERY_TRIES; i++) {
            try {
                truth().commit(truth().read(), List.of(), List.of());
                if (!isEmbedded() || disk.hasSpare(SEGMENT_BYTES)) {
                    return;
                }
            } catch (Ledger.LedgerUnavailable _) {
                // Not yet.
            }
            LockSupport.parkNanos(PAUSE_NANOS);
        }
        throw new Mismatch("the ledger takes no commits although all faults are over");
    }

    @Override
    public void close() {
        if (life != null && isEmbedded()) {
            life.store().close();
        }
    }

    static void copyTree(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            return;
        }
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    static void deleteTree(Path root) throws IOException {
        if (!Files.exists(root)) {
            return;
        }
        try (Stream<Path> all = Files.walk(root)) {
            for (Path file : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
