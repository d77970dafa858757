package dev.keytrail.server;

import dev.keytrail.audit.bucket.StoredObject;
import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.audit.chain.LeafSource;
import dev.keytrail.audit.chain.LogVerifier;
import dev.keytrail.audit.chain.LogVerifier.Finding;
import dev.keytrail.audit.chain.SignedNote;
import dev.keytrail.audit.chain.TileLeaves;
import dev.keytrail.audit.chain.VerifierKeys;
import dev.keytrail.audit.trail.S3Settings;
import dev.keytrail.audit.verify.FolderSource;
import dev.keytrail.audit.verify.LogFileCheck;
import dev.keytrail.audit.verify.S3Source;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.store.LedgerScan;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Checks a whole history and says what it has found, one line each. */
final class WholeHistory {
    private final VerifierKeys keys;
    private final List<SignedNote> remembered;
    private final List<Path> archives;
    private final int threads;
    private final long begun = System.nanoTime();

    /** @param archives where records lie that were dropped */
    WholeHistory(VerifierKeys keys, List<SignedNote> remembered, List<Path> archives, int threads) {
        this.keys = keys;
        this.remembered = List.copyOf(remembered);
        this.archives = List.copyOf(archives);
        this.threads = threads;
    }

    /** Entries, frames, tree, checkpoints, state and delivered files. Changes nothing. Returns the exit code. */
    int ofDirectory(Path data, boolean objects, List<String> logs) throws IOException {
        if (!Files.isDirectory(data.resolve("store"))) {
            throw new OperatorError(data + " has no store");
        }
        boolean files = (objects && Files.isDirectory(data.resolve("objects"))) || !logs.isEmpty();
        FolderDisk log = new FolderDisk(data.resolve("chain"));
        try (LedgerScan scan = LedgerScan.open(data.resolve("store"), archives, threads)) {
            LeafSource all = new TileLeaves(scan, log);
            LogFileCheck delivered = new LogFileCheck(all);
            LogVerifier.Report report = new LogVerifier(files ? delivered : all, log).verify(keys, remembered);
            List<Finding> findings = new ArrayList<>(scan.findings());
            findings.addAll(report.findings());
            int sealed = files ? embedded(scan, data.resolve("objects"), delivered) : 0;
            for (String place : logs) {
                outside(place, delivered);
            }
            findings.addAll(delivered.findings());
            String more = ", " + scan.rows() + " rows of state "
                    + (scan.hasViews() ? "as served" : "(no views to hold them against)") + ", "
                    + delivered.events() + " events in " + delivered.files() + " log files"
                    + (sealed == 0
                            ? ""
                            : " (" + sealed + " more are encrypted: they are there, and as long as they were)");
            return say(report, findings, more);
        }
    }

    /** All over HTTP: every entry, every tile, checkpoint and what is remembered. */
    int ofServer(SigningClient client) throws IOException {
        try (LogAway log = LogAway.open(client, "us-east-1")) {
            LogVerifier.Report report = new LogVerifier(new TileLeaves(log.find(), log), log).verify(keys, remembered);
            return say(report, report.findings(), " read over HTTP");
        }
    }

    private int say(LogVerifier.Report report, List<Finding> findings, String more) {
        findings.forEach(System.out::println);
        boolean sound =
                new LogVerifier.Report(report.records(), report.dropped(), report.checkpoint(), findings).sound();
        double seconds = Math.max(1e-3, (System.nanoTime() - begun) / 1e9);
        System.out.printf(
                Locale.ROOT,
                "%s: %d records%s, %s; %d findings; %.1f s, %.0f records/s%n",
                sound ? "as signed" : "NOT as signed",
                report.records(),
                more,
                report.checkpoint().map(c -> c.size() + " of them signed").orElse("none signed")
                        + (report.dropped() == 0
                                ? ""
                                : ", the first " + report.dropped() + " dropped, as a signed record says"),
                findings.size(),
                seconds,
                report.records() / seconds);
        return sound ? 0 : VerifyCommand.NOT_AS_SIGNED;
    }

    /** Log files in the buckets of the directory; how many of them cannot be read because a key encrypts them. */
    private static int embedded(LedgerScan scan, Path objects, LogFileCheck check) throws IOException {
        List<StoredObject> all = new ArrayList<>();
        scan.state(StoredObject.TABLE, (key, coded) -> all.add(StoredObject.of(objects, key, coded)));
        int sealed = 0;
        for (StoredObject object : all) {
            if (LogFileCheck.isLogFile(object.name().substring(object.name().indexOf('/') + 1))) {
                Optional<Bytes> bytes = object.read();
                if (bytes.isEmpty()) {
                    check.found(object.name() + ": its bytes are missing, or not those that were put");
                } else if (object.sealed()) {
                    sealed++;
                } else {
                    check.check(object.name(), bytes.get());
                }
            }
        }
        return sealed;
    }

    private static void outside(String place, LogFileCheck check) throws IOException {
        if (!place.startsWith("s3://")) {
            if (!Files.isDirectory(Path.of(place))) {
                throw new OperatorError(place + " is neither a folder nor s3://BUCKET");
            }
            check.checkAll(new FolderSource(Path.of(place)), "");
            return;
        }
        String[] parts = place.substring("s3://".length()).split("/", 2);
        try (S3Source source = new S3Source(settings(System.getenv()), parts[0])) {
            check.checkAll(source, parts.length > 1 ? parts[1] : "");
        }
    }

    private static S3Settings settings(Map<String, String> environment) {
        String at = Optional.ofNullable(environment.get("AWS_ENDPOINT_URL_S3"))
                .or(() -> Optional.ofNullable(environment.get("AWS_ENDPOINT_URL")))
                .orElseThrow(() -> new OperatorError("set AWS_ENDPOINT_URL_S3"));
        return new S3Settings(
                Optional.of(URI.create(at)),
                environment.getOrDefault("AWS_REGION", "us-east-1"),
                credential(environment, "AWS_ACCESS_KEY_ID"),
                Secret.copyOf(credential(environment, "AWS_SECRET_ACCESS_KEY").getBytes(StandardCharsets.UTF_8)));
    }

    private static String credential(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name))
                .orElseThrow(() -> new OperatorError("set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"));
    }
}
