package dev.keytrail.server;

import dev.keytrail.audit.trail.S3Settings;
import dev.keytrail.audit.verify.Copy;
import dev.keytrail.audit.verify.FolderSource;
import dev.keytrail.audit.verify.PublicKeys;
import dev.keytrail.audit.verify.S3Source;
import dev.keytrail.audit.verify.TrailSource;
import dev.keytrail.audit.verify.TrailVerifier;
import dev.keytrail.call.Secret;
import dev.keytrail.wire.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Checks delivered log files and digests, in a bucket or a copy of one. */
@Command(
        name = "trail",
        description =
                "Check delivered log files against their digests, both ways: what digests name, and what is there.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class VerifyTrailCommand implements Callable<Integer> {
    private static final String KEYS_FILES = "public-keys*.json";
    private static final String TARGET = "CloudTrail_20131101.ListPublicKeys";

    @Parameters(paramLabel = "SOURCE", description = "A folder, or s3://BUCKET[/PREFIX]")
    private String place = "";

    @Option(
            names = "--keys",
            paramLabel = "FILE",
            description = "A saved answer of ListPublicKeys; may be given many times" + " (default: " + KEYS_FILES
                    + " in the folder, else asked at --endpoint)")
    private List<Path> keyFiles = new ArrayList<>();

    @Option(
            names = "--endpoint",
            paramLabel = "URL",
            description = "Where ListPublicKeys is asked (default: AWS_ENDPOINT_URL)")
    private @Nullable URI endpoint;

    @Option(
            names = "--s3-endpoint",
            paramLabel = "URL",
            description = "Where the bucket is (default: AWS_ENDPOINT_URL_S3, --endpoint)")
    private @Nullable URI s3Endpoint;

    @Option(
            names = "--trail",
            paramLabel = "ARN",
            description = "A trail that must have digests there; may be given many times")
    private Set<String> trails = new LinkedHashSet<>();

    @Option(
            names = "--logging",
            description = "Those trails are logging: their digests may not end with a StopLogging either")
    private boolean logging;

    @Option(names = "--prefix", paramLabel = "PREFIX", description = "S3KeyPrefix, in a folder")
    private String prefix = "";

    @Option(
            names = "--until",
            paramLabel = "TIME",
            description = "What the digests should reach (default: now; for an old copy, its time)")
    private @Nullable Instant until;

    @Option(
            names = "--grace",
            paramLabel = "DURATION",
            defaultValue = "PT10M",
            description = "How late a digest may be beyond two intervals, ISO form (default: ${DEFAULT-VALUE})")
    private Duration grace = Duration.ofMinutes(10);

    @Option(
            names = "--save",
            paramLabel = "FOLDER",
            description = "Copy the bucket's trails there, to be checked offline")
    private @Nullable Path save;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Objects checked at the same time (default: one a core; s3: 16)")
    private int threads;

    @Override
    public Integer call() throws IOException {
        Map<String, String> environment = System.getenv();
        if (logging && trails.isEmpty()) {
            throw new OperatorError("--logging is said of trails that --trail names");
        }
        if (!place.startsWith("s3://")) {
            Path folder = Path.of(place);
            if (!Files.isDirectory(folder)) {
                throw new OperatorError(place + " is neither a folder nor s3://BUCKET");
            }
            if (keyFiles.isEmpty()) {
                try (DirectoryStream<Path> saved = Files.newDirectoryStream(folder, KEYS_FILES)) {
                    saved.forEach(keyFiles::add);
                }
            }
            int cores = Runtime.getRuntime().availableProcessors();
            return check(new FolderSource(folder), slashed(prefix), threads > 0 ? threads : cores, environment);
        }
        String[] parts = place.substring("s3://".length()).split("/", 2);
        try (S3Source source = new S3Source(settings(environment), parts[0])) {
            String in = slashed(parts.length > 1 ? parts[1] : prefix);
            return check(source, in, threads > 0 ? threads : 16, environment);
        }
    }

    private static String slashed(String prefix) {
        return prefix.isEmpty() || prefix.endsWith("/") ? prefix : prefix + "/";
    }

    private int check(TrailSource source, String in, int workers, Map<String, String> environment) throws IOException {
        PublicKeys keys = new PublicKeys();
        for (Path file : keyFiles) {
            keys.add(Files.readString(file, StandardCharsets.UTF_8));
        }
        if (keyFiles.isEmpty()) {
            ask(source, in, keys, environment);
        }
        if (save != null) {
            int copied = Copy.all(source, in, save, workers);
            System.out.println("saved " + copied + " objects to " + save);
        }
        long begun = System.nanoTime();
        TrailVerifier.Report report = new TrailVerifier(
                        source,
                        keys,
                        new TrailVerifier.Plan(
                                in,
                                Optional.ofNullable(until).orElseGet(Instant::now),
                                grace,
                                trails,
                                logging,
                                workers))
                .verify();
        report.findings().forEach(System.out::println);
        double seconds = Math.max(1e-3, (System.nanoTime() - begun) / 1e9);
        System.out.printf(
                Locale.ROOT,
                "%s: %d digests, %d log files (%.1f MB unpacked, %.0f MB/s); %d log files not covered by digests; %d findings%n",
                report.sound() ? "as signed" : "NOT as signed",
                report.digests(),
                report.logFiles(),
                report.bytes() / 1e6,
                report.bytes() / 1e6 / seconds,
                report.uncovered(),
                report.findings().size());
        return report.sound() ? 0 : VerifyCommand.NOT_AS_SIGNED;
    }

    private void ask(TrailSource source, String in, PublicKeys keys, Map<String, String> environment)
            throws IOException {
        URI at = Optional.ofNullable(endpoint)
                .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_CLOUDTRAIL"))
                        .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL")))
                        .map(URI::create))
                .orElseThrow(() -> new OperatorError("give --keys FILE, or --endpoint URL to ask for the public keys"));
        SigningClient client = AccountCommand.signedAs(environment, at);
        for (Map.Entry<String, Instant> region :
                TrailVerifier.regions(source, in).entrySet()) {
            long from = region.getValue().minus(Duration.ofDays(1)).getEpochSecond();
            Optional<String> token = Optional.empty();
            int page = 0;
            do {
                Map<String, Object> input = new LinkedHashMap<>();
                input.put("StartTime", from);
                input.put("EndTime", Instant.now().plus(Duration.ofDays(1)).getEpochSecond());
                token.ifPresent(next -> input.put("NextToken", next));
                String answer = client.call(
                                "cloudtrail",
                                region.getKey(),
                                TARGET,
                                JsonObject.of(input).utf8())
                        .answer("ListPublicKeys");
                keys.add(answer);
                keep(region.getKey(), ++page, answer);
                token = PublicKeys.nextToken(answer);
            } while (token.isPresent());
        }
    }

    /** Beside a saved copy, where it is found by itself. */
    private void keep(String region, int page, String answer) throws IOException {
        if (save != null) {
            Files.createDirectories(save);
            Files.writeString(save.resolve("public-keys-" + region + "-" + page + ".json"), answer);
        }
    }

    private S3Settings settings(Map<String, String> environment) {
        URI at = Optional.ofNullable(s3Endpoint)
                .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_S3"))
                        .map(URI::create))
                .or(() -> Optional.ofNullable(endpoint))
                .or(() ->
                        Optional.ofNullable(environment.get("AWS_ENDPOINT_URL")).map(URI::create))
                .orElseThrow(() -> new OperatorError("give --s3-endpoint URL"));
        return new S3Settings(
                Optional.of(at),
                environment.getOrDefault("AWS_REGION", "us-east-1"),
                credential(environment, "AWS_ACCESS_KEY_ID"),
                Secret.copyOf(credential(environment, "AWS_SECRET_ACCESS_KEY").getBytes(StandardCharsets.UTF_8)));
    }

    private static String credential(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .orElseThrow(() -> new OperatorError("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    }
}
