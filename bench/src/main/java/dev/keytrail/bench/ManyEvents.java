package dev.keytrail.bench;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.server.House;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.StoreOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Fills a store with very many events, straight into the ledger, and says what they cost: bytes on disk before and after
 * packing, CPU of writing, indexing and packing, and how long look-ups take.
 *
 * <p>Arguments: an empty directory, and how many events.
 */
final class ManyEvents {
    private static final String ACCOUNT = "111122223333";
    private static final String REGION = "us-east-1";
    private static final int BATCH = 500;
    private static final int LOOKUPS = 300;
    private static final long START = 1_790_000_000L;
    private final Random random = new Random(7);
    private final SampleEvents samples = new SampleEvents(ACCOUNT, REGION, START);
    private final List<String> eventIds = new ArrayList<>();
    private final List<String> requestIds = new ArrayList<>();

    private ManyEvents() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        new ManyEvents().run(Path.of(arguments[0]), Integer.parseInt(arguments[1]));
    }

    /** Hundredths of a second that the threads have run whose name begins so; proc(5). */
    private static long ticks(String thread) throws IOException {
        long ticks = 0;
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
            for (Path task : tasks) {
                if (Files.readString(task.resolve("comm")).startsWith(thread)) {
                    String stat = Files.readString(task.resolve("stat"));
                    String[] behindName =
                            stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                    ticks += Long.parseLong(behindName[11]) + Long.parseLong(behindName[12]);
                }
            }
        }
        return ticks;
    }

    private void run(Path directory, int events) throws IOException, InterruptedException {
        StoreOptions options = StoreOptions.defaults();
        try (EmbeddedStore store = EmbeddedStore.open(directory, House.tables(), options, InstantSource.system())) {
            double cpu = cpuSeconds();
            fill(store, events);
            double filled = cpuSeconds();
            say("recorded, committed and indexed", (filled - cpu) * 1e6 / events, "us CPU an event");
            for (String thread : List.of("history-indexer", "rocksdb:")) {
                say("of that " + thread, ticks(thread) * 1e4 / events, "us CPU an event");
            }
            say("ledger", bytes(directory.resolve("ledger")) / (double) events, "bytes an event");
            while (store.pack()) {
                // Until nothing is left to pack.
            }
            say("packing", (cpuSeconds() - filled) * 1e6 / events, "us CPU an event");
            lookUps(store, events);
        }
        say("ledger, packed", bytes(directory.resolve("ledger")) / (double) events, "bytes an event");
        say("views", bytes(directory.resolve("views")) / (double) events, "bytes an event");
    }

    private void fill(EmbeddedStore store, int events) throws InterruptedException {
        Ledger ledger = store.ledger();
        for (int done = 0; done < events; done += BATCH) {
            List<LedgerRecord> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                batch.addAll(samples.next());
                if (i == 0) {
                    eventIds.add(batch.getFirst().eventId());
                    requestIds.add(samples.requestId());
                }
            }
            ledger.commit(ledger.read(), List.of(), batch);
            while (store.metrics().indexLagRecords() > 100_000) {
                Thread.sleep(1);
            }
        }
        while (store.metrics().indexLagRecords() > 0) {
            Thread.sleep(5);
        }
    }

    private void lookUps(EmbeddedStore store, int events) {
        long end = START + events / SampleEvents.PER_SECOND + 1;
        for (Attribute attribute : Attribute.values()) {
            long[] nanos = new long[LOOKUPS];
            for (int i = 0; i < LOOKUPS; i++) {
                Match match = new Match(attribute, value(attribute));
                Lookup lookup = new Lookup(ACCOUNT, REGION, Optional.of(match), 0, end, Optional.empty(), 50);
                long begun = System.nanoTime();
                HistoryIndex.Page page = store.history().find(lookup);
                nanos[i] = System.nanoTime() - begun;
                if (page.events().isEmpty()) {
                    throw new IllegalStateException("nothing found for " + match);
                }
            }
            Arrays.sort(nanos);
            System.out.printf(
                    "%-16s p50 %.2f ms, p99 %.2f ms%n",
                    attribute, nanos[LOOKUPS / 2] / 1e6, nanos[LOOKUPS * 99 / 100] / 1e6);
        }
    }

    private String value(Attribute attribute) {
        int who = random.nextInt(SampleEvents.USERS);
        return switch (attribute) {
            case REQUEST_ID -> requestIds.get(random.nextInt(requestIds.size()));
            case EVENT_ID -> eventIds.get(random.nextInt(eventIds.size()));
            case EVENT_NAME -> samples.anyOperation();
            case READ_ONLY -> "true";
            case USERNAME -> "user-" + who;
            case RESOURCE_TYPE -> "AWS::KMS::Key";
            case RESOURCE_NAME -> samples.anyKey();
            case EVENT_SOURCE -> "kms.amazonaws.com";
            case ACCESS_KEY_ID -> "AKIA%016d".formatted(who);
        };
    }

    static double cpuSeconds() {
        var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        return system.getProcessCpuTime() / 1e9;
    }

    private static long bytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        }
    }

    private static void say(String what, double value, String unit) {
        System.out.printf("%s: %.1f %s%n", what, value, unit);
    }
}
