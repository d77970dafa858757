package dev.keytrail.bench;

import dev.keytrail.audit.verify.FolderSource;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.server.House;
import dev.keytrail.server.InProcess;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.StoreOptions;
import dev.keytrail.testkit.SimulatedClock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How fast a trail is delivered: a ledger of many events to the embedded bucket, by one thread, with everything else idle.
 * Log file validation is on, history index and Merkle log are off. The time stands still but where it is moved.
 *
 * <p>Arguments: an empty directory, how many events, and a folder for a copy of the bucket, digests and public keys
 * included, as {@code keytrail verify trail} reads it; or no third one.
 */
final class Deliveries {
    private static final String REGION = "us-east-1";
    private static final String BUCKET = "bench-logs";
    private static final int BATCH = 500;
    private static final Duration FLUSH = Duration.ofSeconds(1);
    private static final Duration DIGEST = Duration.ofHours(1);
    private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");
    private static final Pattern MORE = Pattern.compile("<NextContinuationToken>([^<]*)</NextContinuationToken>");

    private static final String POLICY = """
            {"Version":"2012-10-17","Statement":[\
            {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:GetBucketAcl",\
            "Resource":"arn:aws:s3:::bench-logs"},\
            {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},"Action":"s3:PutObject",\
            "Resource":"arn:aws:s3:::bench-logs/AWSLogs/*",\
            "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}""";

    private final SimulatedClock clock = new SimulatedClock(Instant.now());
    private final EmbeddedStore store;
    private final InProcess house;
    private final SampleEvents samples;
    private long jsonBytes;

    private Deliveries(Path directory) throws IOException {
        Files.createDirectories(directory);
        store = EmbeddedStore.open(
                directory.resolve("store"),
                House.tables(),
                StoreOptions.defaults().withIndexing(false),
                InstantSource.system());
        house = InProcess.open(
                directory, store, clock, Map.of("chain", "false", "bench.indexing", "false", "trail.flush", "1s"));
        samples = new SampleEvents(house.account(), REGION, clock.instant().getEpochSecond());
    }

    public static void main(String[] arguments) throws IOException {
        int events = Integer.parseInt(arguments[1]);
        Deliveries bench = new Deliveries(Path.of(arguments[0]));
        try {
            bench.setUp();
            bench.round(Math.max(BATCH, events / 5), "warming up");
            bench.round(events, "delivery");
            if (arguments.length > 2) {
                bench.digests();
                bench.copy(Path.of(arguments[2]));
            }
        } finally {
            bench.house.close();
            bench.store.close();
        }
    }

    private void setUp() {
        house.s3("PUT", "/" + BUCKET, "", "");
        house.s3("PUT", "/" + BUCKET, "policy=", POLICY);
        cloudTrail(
                "CreateTrail",
                "{\"Name\":\"bench\",\"S3BucketName\":\"" + BUCKET + "\",\"EnableLogFileValidation\":true}");
        cloudTrail("StartLogging", "{\"Name\":\"bench\"}");
    }

    private String cloudTrail(String operation, String json) {
        return house.call("cloudtrail", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101." + operation, json);
    }

    private void round(int events, String name) {
        fill(events);
        long bytes = jsonBytes;
        double cpu = ManyEvents.cpuSeconds();
        long begun = System.nanoTime();
        deliver();
        double wall = (System.nanoTime() - begun) / 1e9;
        double spent = ManyEvents.cpuSeconds() - cpu;
        System.out.printf(
                "%s: %,d events, %.0f MB: %.0f events/s per core-second, %.0f MB/s; %.2f s of CPU, %.2f s by the clock%n",
                name, events, bytes / 1e6, events / spent, bytes / 1e6 / spent, spent, wall);
    }

    private void fill(int events) {
        Ledger ledger = store.ledger();
        jsonBytes = 0;
        for (int done = 0; done < events; done += BATCH) {
            List<LedgerRecord> batch = new ArrayList<>(BATCH);
            for (int i = 0; i < BATCH; i++) {
                batch.addAll(samples.next());
            }
            batch.forEach(record -> jsonBytes += record.json().size());
            ledger.commit(ledger.read(), List.of(), batch);
        }
    }

    /** Until nothing is left; when only the flush interval holds the last file back, it passes. */
    private void deliver() {
        do {
            if (!house.step("trail delivery").isZero()) {
                clock.advance(FLUSH);
            }
        } while (house.undelivered() > 0);
    }

    /** The intervals pass until the newest files are covered. */
    private void digests() {
        for (int i = 0; i < 3; i++) {
            clock.advance(DIGEST);
            while (house.step("trail digests").isZero()) {
                // There is more.
            }
        }
    }

    private void copy(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("public-keys-bench.json"), cloudTrail("ListPublicKeys", "{}"));
        int files = 0;
        Optional<String> token = Optional.empty();
        do {
            String query = token.map(t -> "continuation-token="
                                    + t.replace("=", "%3D").replace("+", "%2B").replace("/", "%2F") + "&")
                            .orElse("")
                    + "list-type=2";
            String listing = house.s3("GET", "/" + BUCKET, query, "").body().utf8();
            Matcher key = KEY.matcher(listing);
            while (key.find()) {
                InProcess.Answered object = house.s3("GET", "/" + BUCKET + "/" + key.group(1), "", "");
                Path file = folder.resolve(key.group(1));
                Files.createDirectories(Optional.ofNullable(file.getParent()).orElse(folder));
                Files.write(file, object.body().toArray());
                Optional<String> signature = object.header("x-amz-meta-signature");
                if (signature.isPresent()) {
                    Files.writeString(
                            file.resolveSibling(file.getFileName() + FolderSource.SIGNATURE),
                            signature.get(),
                            StandardCharsets.US_ASCII);
                }
                files++;
            }
            Matcher more = MORE.matcher(listing);
            token = more.find() ? Optional.of(more.group(1)) : Optional.empty();
        } while (token.isPresent());
        System.out.printf("copied %d objects; the newest digest may end at %s%n", files, clock.instant());
    }
}
