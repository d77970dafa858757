package dev.keytrail.store;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Prints commits per second of the embedded store, each with one record of 1,150 bytes, by 1, 16 and 64 virtual threads,
 * with and without the history index; then how long it takes to open again. Arguments: an empty directory on the disk to
 * be measured, and seconds for each row (4 by default).
 */
public final class CommitRate {
    private static final int JSON_BYTES = 1_150;
    private static final int WARM_UP_SECONDS = 3;
    private static final int[] CALLERS = {1, 16, 64};

    private static final PrintStream OUT = System.out;

    private CommitRate() {}

    public static void main(String[] arguments) throws Exception {
        Path directory = Path.of(arguments[0]);
        int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 4;
        for (boolean indexing : new boolean[] {false, true}) {
            Path at = Files.createTempDirectory(directory, "rate");
            StoreOptions options = StoreOptions.defaults().withIndexing(indexing);
            try (EmbeddedStore store = EmbeddedStore.open(at, List.of(), options, InstantSource.system())) {
                measure(store, 64, WARM_UP_SECONDS);
                for (int callers : CALLERS) {
                    settle(store);
                    OUT.printf("indexing %-5s callers %2d: %s%n", indexing, callers, measure(store, callers, seconds));
                }
                settle(store);
            }
            reopen(at, options);
        }
    }

    private static String measure(EmbeddedStore store, int callers, int seconds) throws InterruptedException {
        AtomicBoolean stop = new AtomicBoolean();
        AtomicLong commits = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        List<long[]> latencies = new ArrayList<>();
        long cpuBefore = cpuNanos();
        long before = System.nanoTime();
        for (int t = 0; t < callers; t++) {
            int thread = t;
            long[] sample = new long[1 << 16];
            latencies.add(sample);
            threads.add(Thread.startVirtualThread(() -> commits.addAndGet(run(store.ledger(), thread, stop, sample))));
        }
        Thread.sleep(1000L * seconds);
        stop.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        double elapsed = (System.nanoTime() - before) / 1e9;
        double cpu = (cpuNanos() - cpuBefore) / 1e3;
        long[] all = latencies.stream()
                .flatMapToLong(Arrays::stream)
                .filter(nanos -> nanos > 0)
                .sorted()
                .toArray();
        return String.format(
                "%,8.0f commits/s, p50 %.2f ms, p99 %.2f ms, CPU %.1f us each, index behind by %,d",
                commits.get() / elapsed,
                all[all.length / 2] / 1e6,
                all[(int) (all.length * 0.99)] / 1e6,
                cpu / commits.get(),
                store.metrics().indexLagRecords());
    }

    private static long run(Ledger ledger, int thread, AtomicBoolean stop, long[] sample) {
        long count = 0;
        byte[] json = new byte[JSON_BYTES];
        Arrays.fill(json, (byte) 'x');
        Bytes event = Bytes.adopt(json);
        while (!stop.get()) {
            LedgerRecord record = record(thread + "-" + count, event);
            long before = System.nanoTime();
            ledger.commit(ledger.read(), List.of(), List.of(record));
            sample[(int) (count++ % sample.length)] = System.nanoTime() - before;
        }
        return count;
    }

    private static LedgerRecord record(String id, Bytes json) {
        return new LedgerRecord(
                "111122223333",
                "eu-central-1",
                LedgerRecord.Category.MANAGEMENT,
                "0b8a4b0e-6c3e-4c1c-9f39-" + id,
                1_764_000_000L + id.hashCode() % 1000,
                "kms.amazonaws.com",
                "Encrypt",
                true,
                Optional.of("alice"),
                Optional.of("AKIAIOSFODNN7EXAMPLE"),
                List.of(new NamedResource(
                        "AWS::KMS::Key",
                        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")),
                json,
                Bytes.EMPTY);
    }

    private static void settle(EmbeddedStore store) {
        long before = System.nanoTime();
        long behind = store.metrics().indexLagRecords();
        while (store.metrics().indexLagRecords() > 0) {
            LockSupport.parkNanos(10_000_000);
        }
        if (behind > 1000) {
            double seconds = (System.nanoTime() - before) / 1e9;
            OUT.printf("    index caught up with %,d records at %,.0f/s%n", behind, behind / seconds);
        }
    }

    private static void reopen(Path directory, StoreOptions options) throws IOException {
        long before = System.nanoTime();
        try (EmbeddedStore store = EmbeddedStore.open(directory, List.of(), options, InstantSource.system())) {
            double millis = (System.nanoTime() - before) / 1e6;
            OUT.printf(
                    "    opened again with %,d records in %.0f ms%n",
                    store.ledger().end(), millis);
            before = System.nanoTime();
        }
        OUT.printf("    closed in %.0f ms%n", (System.nanoTime() - before) / 1e6);
    }

    private static long cpuNanos() {
        return ((com.sun.management.OperatingSystemMXBean)
                        java.lang.management.ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }
}
