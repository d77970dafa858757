package dev.keytrail.audit.verify;

import dev.keytrail.audit.trail.DeliverySettings;
import dev.keytrail.audit.verify.Digest.Name;
import dev.keytrail.audit.verify.Digest.Previous;
import dev.keytrail.audit.verify.Finding.Kind;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks all trails below a prefix, each object once, many at a time. Use one for one run.
 *
 * <p>What it cannot see: a log file that was planted among those that no digest covers yet (they are counted and said); a whole
 * trail that is gone together with its digests, unless {@link Plan#expected} names it; and all that came after a StopLogging, if
 * it is gone as a whole, unless {@link Plan#logging}.
 */
public final class TrailVerifier {
    private static final Pattern LOG_FILE = Pattern.compile(
            "((?:.*/)?AWSLogs/(?:o-[a-z0-9]+/)?(\\d{12})/)(CloudTrail(?:-Insight|-NetworkActivity)?)/([a-z0-9-]+)/\\d{4}/\\d{2}/\\d{2}/"
                    + "\\2_\\3_\\4_(\\d{8}T\\d{4}Z)_[A-Za-z0-9]+\\.json\\.gz");

    /** Where log files lie. */
    private static final List<String> LOG_FOLDERS =
            List.of("/CloudTrail/", "/CloudTrail-Insight/", "/CloudTrail-NetworkActivity/");

    private static final String DIGEST_FOLDER = "/CloudTrail-Digest/";

    /** Whether it lies where log files and digests do. */
    static boolean isOfATrail(String key) {
        return key.contains(DIGEST_FOLDER) || LOG_FOLDERS.stream().anyMatch(key::contains);
    }

    static boolean isLogFile(String key) {
        return LOG_FILE.matcher(key).matches();
    }

    private static final DateTimeFormatter MINUTE =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmm'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** Names of missing digests said one by one; more are said as a number. */
    private static final int GAPS_NAMED_MAX = 10_000;

    private final TrailSource source;
    private final PublicKeys keys;
    private final Plan plan;
    private final Workers workers;
    private final List<Finding> findings = Collections.synchronizedList(new ArrayList<>());
    private final AtomicLong bytes = new AtomicLong();
    private final Map<String, Digest> digests = new ConcurrentHashMap<>();
    private final Set<String> altered = ConcurrentHashMap.newKeySet();
    private int logFiles;
    private int uncovered;

    /**
     * @param prefix S3KeyPrefix with its slash, or empty text
     * @param until the time that the digests should reach; log files after the last one are not yet covered
     * @param grace how much later than due a digest may be
     * @param expected trails by ARN that must have digests there
     * @param logging whether those must be logging still, so that nothing is a rightful end of their digests
     * @param threads objects checked at the same time
     */
    public record Plan(
            String prefix, Instant until, Duration grace, Set<String> expected, boolean logging, int threads) {
        public Plan {
            expected = Set.copyOf(expected);
        }

        /** Whether they are logging still, nobody knows. */
        public Plan(String prefix, Instant until, Duration grace, Set<String> expected, int threads) {
            this(prefix, until, grace, expected, false, threads);
        }
    }

    /**
     * @param bytes of log, unpacked
     * @param uncovered log files that no digest covers yet, or that are older than the first digest
     */
    public record Report(List<Finding> findings, int digests, int logFiles, int uncovered, long bytes) {
        public Report {
            findings = List.copyOf(findings);
        }

        public boolean sound() {
            return findings.isEmpty();
        }
    }

    public TrailVerifier(TrailSource source, PublicKeys keys, Plan plan) {
        this.source = source;
        this.keys = keys;
        this.plan = plan;
        this.workers = new Workers(plan.threads());
    }

    /** The Regions that have digests there, each with the end of its earliest: for whom ListPublicKeys is asked. */
    public static Map<String, Instant> regions(TrailSource source, String prefix) throws IOException {
        Map<String, Instant> earliest = new TreeMap<>();
        source.list(
                prefix,
                key -> Name.parse(key)
                        .ifPresent(name ->
                                earliest.merge(name.line().region(), name.end(), (a, b) -> a.isBefore(b) ? a : b)));
        return earliest;
    }

    /** @throws IOException the source could not be read, so that nothing is known */
    public Report verify() throws IOException {
        List<Name> names = new ArrayList<>();
        List<String> logs = new ArrayList<>();
        source.list(plan.prefix(), key -> sort(key, names, logs));
        if (names.isEmpty()) {
            found(Kind.NO_DIGESTS, plan.prefix() + "AWSLogs/", "not one digest is there");
        }
        workers.each(names, this::readDigest);
        TreeMap<String, List<Digest>> lines = new TreeMap<>();
        digests.values()
                .forEach(digest -> lines.computeIfAbsent(
                                digest.name().line().toString()
                                        + digest.name().line().prefix(),
                                _ -> new ArrayList<>())
                        .add(digest));
        Map<String, Digest.LogFile> named = new HashMap<>();
        for (List<Digest> line : lines.values()) {
            line.sort((a, b) -> a.end().compareTo(b.end()));
            checkLine(line);
            line.forEach(digest -> digest.files().forEach(file -> named.put(file.key(), file)));
        }
        expectations(lines.values());
        workers.each(digests.values(), this::checkCounts);
        workers.each(named.values(), this::checkLogFile);
        logFiles = named.size();
        unnamed(logs, named.keySet(), lines.values());
        List<Finding> sorted = new ArrayList<>(findings);
        Collections.sort(sorted);
        return new Report(sorted, names.size(), logFiles, uncovered, bytes.get());
    }

    private void found(Kind kind, String key, String reason) {
        findings.add(new Finding(kind, key, reason));
    }

    private void sort(String key, List<Name> names, List<String> logs) {
        if (key.contains(DIGEST_FOLDER)) {
            Optional<Name> name = Name.parse(key);
            name.ifPresentOrElse(names::add, () -> found(Kind.STRANGE, key, "it is not named as a digest is"));
        } else if (LOG_FOLDERS.stream().anyMatch(key::contains)) {
            if (LOG_FILE.matcher(key).matches()) {
                logs.add(key);
            } else {
                found(Kind.STRANGE, key, "it is not named as a log file is");
            }
        }
    }

    private void readDigest(Name name) throws IOException {
        Optional<TrailSource.Stored> stored = source.read(name.key());
        if (stored.isEmpty()) {
            return; // gone since it was listed: its successor will miss it
        }
        try {
            digests.put(name.key(), Digest.read(name, stored.get()));
        } catch (IOException malformed) {
            altered.add(name.key());
            found(Kind.DIGEST_ALTERED, name.key(), String.valueOf(malformed.getMessage()));
        }
    }

    /** All digests of one line, oldest first. */
    private void checkLine(List<Digest> line) throws IOException {
        Map<String, Previous> spokenFor = new HashMap<>();
        line.forEach(digest -> digest.before().ifPresent(before -> spokenFor.put(before.key(), before)));
        for (Digest digest : line) {
            checkDigest(digest, Optional.ofNullable(spokenFor.get(digest.name().key())));
        }
        Duration interval = interval(line);
        for (int i = 0; i < line.size(); i++) {
            Digest digest = line.get(i);
            List<Digest> older = line.subList(0, i);
            if (digest.previous().isPresent()) {
                checkPredecessor(digest, digest.previous().get(), older, interval);
            } else if (digest.preceding().isPresent()) {
                checkPreceding(digest, digest.preceding().get(), line);
            } else if (!older.isEmpty() && !isContinued(digest, older.getLast())) {
                checkRestart(digest, older.getLast());
            }
        }
        checkEnd(line.getLast(), interval);
    }

    private void checkDigest(Digest digest, Optional<Previous> spokenFor) {
        String key = digest.name().key();
        boolean elsewhere = !digest.object().equals(key)
                || source.bucket().filter(b -> !b.equals(digest.bucket())).isPresent();
        if (elsewhere) {
            found(Kind.DIGEST_MOVED, key, "it says that it is s3://" + digest.bucket() + "/" + digest.object());
        }
        if (!sameSecond(digest)) {
            found(Kind.DIGEST_ALTERED, key, "its name and its digestEndTime differ");
        }
        Optional<String> signature = digest.signature().or(() -> spokenFor.flatMap(Previous::signature));
        if (!keys.has(digest.fingerprint())) {
            found(Kind.DIGEST_ALTERED, key, "no known key has its fingerprint " + digest.fingerprint());
        } else if (signature.isEmpty()) {
            found(Kind.DIGEST_UNPROVEN, key, "its signature is not here, and no later digest repeats it");
        } else if (!keys.verify(digest.fingerprint(), digest.toSign(), signature.get())) {
            found(Kind.DIGEST_ALTERED, key, "its signature is not that of its content");
            altered.add(key);
        }
        if (spokenFor.isPresent() && !altered.contains(key)) {
            if (!spokenFor.get().sha256().equals(digest.sha256())) {
                found(Kind.DIGEST_ALTERED, key, "the next digest has another hash of it");
            } else if (digest.signature().isPresent()
                    && !spokenFor.get().signature().equals(digest.signature())) {
                found(Kind.DIGEST_ALTERED, key, "the next digest has another signature of it");
            }
        }
    }

    private static boolean sameSecond(Digest digest) {
        try {
            return Instant.parse(digest.endText()).getEpochSecond()
                    == digest.end().getEpochSecond();
        } catch (DateTimeException noTime) {
            return false;
        }
    }

    /**
     * The usual time from one digest to the next: what most of the time was covered with, for a trail that was stopped has
     * short ones too. An hour where there is nothing to go by.
     */
    private static Duration interval(List<Digest> line) {
        Map<Duration, Duration> covered = new HashMap<>();
        line.stream()
                .map(TrailVerifier::window)
                .filter(Duration::isPositive)
                .forEach(window -> covered.merge(window, window, Duration::plus));
        return covered.entrySet().stream()
                .max(Map.Entry.<Duration, Duration>comparingByValue()
                        .thenComparing(Map.Entry.comparingByKey(Collections.reverseOrder())))
                .map(Map.Entry::getKey)
                .orElse(Duration.ofHours(1));
    }

    /**
     * Late digests and ordinary ones are chains of their own, as are those before a trail was stopped and after it was started
     * again. Of the former no two leave a hole in time, nor overlap, so there is no room for one that is missing. The latter may
     * overlap those of an earlier trail of the same name, whose end must then be seen.
     */
    private static boolean isContinued(Digest digest, Digest older) {
        return older.end().equals(digest.start())
                && (older.name().backfill() || digest.name().backfill());
    }

    /** Whether the time from one to the other is covered by late digests. */
    private static boolean isBackfilled(Digest before, Digest digest, List<Digest> older) {
        Instant reached = before.end();
        for (Digest each : older) {
            if (each.name().backfill() && each.start().equals(reached)) {
                reached = each.end();
            }
        }
        return reached.equals(digest.start());
    }

    private void checkPredecessor(Digest digest, Previous previous, List<Digest> before, Duration interval)
            throws IOException {
        Optional<Digest> older = before.isEmpty() ? Optional.empty() : Optional.of(before.getLast());
        if (!previous.bucket().equals(digest.bucket())) {
            // The trail was moved: the one before is in a bucket of its own, where it is checked.
            if (older.isPresent()) {
                checkRestart(digest, older.get());
            }
            return;
        }
        if (digests.containsKey(previous.key())) {
            Digest named = Optional.ofNullable(digests.get(previous.key())).orElseThrow();
            if (!isBackfilled(named, digest, before)) {
                found(
                        Kind.DIGEST_GAP,
                        digest.name().key(),
                        "it begins at " + digest.start() + ", but the one before ended at " + named.end());
            }
            return;
        }
        if (altered.contains(previous.key())) {
            return; // said already
        }
        found(Kind.DIGEST_MISSING, previous.key(), "the digest of " + digest.end() + " names it");
        // Those before it nobody names any more; where they would be follows from the time.
        Instant missing = Name.parse(previous.key()).map(Name::end).orElse(digest.start());
        Optional<Instant> reached = older.map(Digest::end);
        int said = 0;
        for (Instant end = missing.minus(interval);
                reached.isPresent() && end.isAfter(reached.get()) && said < GAPS_NAMED_MAX;
                end = end.minus(interval)) {
            found(
                    Kind.DIGEST_GAP,
                    digest.name().line().keyOf(end),
                    "no digest covers the time before " + end + " back to " + reached.get());
            said++;
        }
        if (older.isEmpty()) {
            found(Kind.CHAIN_BROKEN, digest.name().key(), "all digests before it are missing");
        }
    }

    /** What is signed of the chain before needs no ending to be believed. */
    private void checkPreceding(Digest digest, Previous preceding, List<Digest> line) {
        boolean here = preceding.bucket().equals(digest.bucket());
        boolean said = line.stream()
                .flatMap(each -> each.previous().stream())
                .anyMatch(previous -> previous.key().equals(preceding.key()));
        if (here && !said && !digests.containsKey(preceding.key()) && !altered.contains(preceding.key())) {
            found(
                    Kind.DIGEST_MISSING,
                    preceding.key(),
                    "the chain that begins with the digest of " + digest.end() + " names it");
        }
    }

    /** A line may rightly begin anew: then the one before ends with the call that ended it. */
    private void checkRestart(Digest digest, Digest older) throws IOException {
        if (!endsRightly(older)) {
            found(
                    Kind.CHAIN_BROKEN,
                    digest.name().key(),
                    "it begins anew, but nothing before it tells that logging ended: digests between " + older.end()
                            + " and " + digest.start() + " may be missing");
        }
    }

    private void checkEnd(Digest last, Duration interval) throws IOException {
        Instant due = last.end().plus(interval).plus(interval).plus(plan.grace());
        boolean logging =
                plan.logging() && plan.expected().contains(last.name().line().trailArn());
        if (due.isBefore(plan.until()) && (logging || !endsRightly(last))) {
            found(
                    Kind.DIGESTS_END_EARLY,
                    last.name().line().keyOf(last.end().plus(interval)),
                    "the newest digest of " + last.name().line() + " ends at " + last.end()
                            + (logging ? ", and the trail is logging" : ", and nothing tells that logging ended"));
        }
    }

    /**
     * Whether the trail was stopped, changed or deleted at that time. The call is in the log of its home Region and of the
     * account that made it; the trail's digests elsewhere end with it.
     */
    private boolean endsRightly(Digest digest) throws IOException {
        if (hasEnding(digest, digest) || endsBehind(digest)) {
            return true;
        }
        Duration near = Duration.between(digest.start(), digest.end())
                .plus(digests.values().stream()
                        .map(each -> Duration.between(each.start(), each.end()))
                        .max(Duration::compareTo)
                        .orElse(Duration.ZERO));
        for (Digest other : digests.values()) {
            boolean sibling = !other.name().line().equals(digest.name().line())
                    && other.name().line().isSiblingOf(digest.name().line());
            boolean then = !other.end().isBefore(digest.start().minus(near))
                    && !other.start().isAfter(digest.end().plus(near));
            if (sibling && then && hasEnding(other, digest)) {
                return true;
            }
        }
        return false;
    }

    /**
     * A late digest before may have named the file with the ending already, and left nothing for the one that closes the line.
     * To take that for an end hides nothing: whoever can delete what came after it could delete it too, and then the line
     * would end with the ending itself.
     */
    private boolean endsBehind(Digest digest) throws IOException {
        if (!digest.files().isEmpty()) {
            return false;
        }
        for (Digest before : digests.values()) {
            boolean adjoins = before.name().line().equals(digest.name().line())
                    && before.end().equals(digest.start());
            if (adjoins && before.name().backfill()) {
                return hasEnding(before, digest) || endsBehind(before);
            }
        }
        return false;
    }

    private static Duration window(Digest digest) {
        return Duration.between(digest.start(), digest.end());
    }

    private boolean hasEnding(Digest digest, Digest ended) throws IOException {
        for (Digest.LogFile file : digest.files()) {
            Optional<TrailSource.Stored> stored = source.read(file.key());
            if (stored.isPresent()) {
                try {
                    if (Endings.hasOne(Gunzip.content(stored.get().body()), ended)) {
                        return true;
                    }
                } catch (IOException damaged) {
                    // Said when the log files are checked.
                }
            }
        }
        return false;
    }

    /** Delivered and suppressed make the total, and what was delivered is there. */
    private void checkCounts(Digest digest) throws IOException {
        if (digest.counts().isEmpty()) {
            return;
        }
        String key = digest.counts().get().key();
        Optional<TrailSource.Stored> stored = source.read(key);
        if (stored.isEmpty()) {
            found(Kind.COUNTS_WRONG, key, "a digest names it, and it is not there");
            return;
        }
        try {
            if (!Gunzip.hash(stored.get().body())
                    .sha256()
                    .equals(digest.counts().get().sha256())) {
                found(Kind.COUNTS_WRONG, key, "its hash is not the digest's");
                return;
            }
            Counts counts = Counts.read(Gunzip.content(stored.get().body()));
            long there = 0;
            for (Digest.LogFile file : digest.files()) {
                Optional<TrailSource.Stored> log = source.read(file.key());
                if (log.isEmpty()) {
                    return; // said when the log files are checked
                }
                there += Counts.records(Gunzip.content(log.get().body()));
            }
            if (counts.delivered() != there || counts.delivered() + counts.suppressed() != counts.total()) {
                found(
                        Kind.COUNTS_WRONG,
                        key,
                        "it has " + counts.delivered() + " delivered and " + counts.suppressed() + " suppressed of "
                                + counts.total() + "; the log files hold " + there);
            }
        } catch (IOException damaged) {
            found(Kind.COUNTS_WRONG, key, String.valueOf(damaged.getMessage()));
        }
    }

    private void expectations(Collection<List<Digest>> lines) {
        Set<String> there = new HashSet<>();
        lines.forEach(line -> there.add(line.getLast().name().line().trailArn()));
        plan.expected().stream()
                .filter(arn -> !there.contains(arn))
                .forEach(arn -> found(Kind.NO_DIGESTS, plan.prefix(), "trail " + arn + " has not one digest here"));
    }

    private void checkLogFile(Digest.LogFile file) throws IOException {
        Optional<TrailSource.Stored> stored = source.read(file.key());
        if (stored.isEmpty()) {
            found(Kind.LOG_MISSING, file.key(), "a digest names it");
            return;
        }
        try {
            Gunzip.Content content = Gunzip.hash(stored.get().body());
            bytes.addAndGet(content.bytes());
            if (!content.sha256().equals(file.sha256())) {
                found(Kind.LOG_ALTERED, file.key(), "its hash is not the digest's");
            }
        } catch (IOException damaged) {
            found(Kind.LOG_ALTERED, file.key(), String.valueOf(damaged.getMessage()));
        }
        if (source.bucket().filter(b -> !b.equals(file.bucket())).isPresent()) {
            found(Kind.LOG_ALTERED, file.key(), "its digest has it in bucket " + file.bucket());
        }
    }

    /** A file's name has the minute of its delivery; one of a minute that digests cover must be named by one. */
    private void unnamed(List<String> logs, Set<String> named, Collection<List<Digest>> lines) {
        Map<String, List<Window>> covered = new HashMap<>();
        for (List<Digest> line : lines) {
            String folder = line.getFirst().name().line().logFolder();
            covered.computeIfAbsent(folder, _ -> new ArrayList<>()).addAll(windows(line));
        }
        for (String key : logs) {
            if (named.contains(key)) {
                continue;
            }
            Matcher match = LOG_FILE.matcher(key);
            if (!match.matches()) {
                continue;
            }
            String folder = match.group(1) + "CloudTrail/" + match.group(4) + "/";
            Optional<Instant> minute = minute(match.group(5));
            boolean inside = covered.getOrDefault(folder, List.of()).stream()
                    .anyMatch(window -> minute.filter(window::holds).isPresent());
            if (inside) {
                found(Kind.LOG_PLANTED, key, "no digest names it, though its time is covered");
            } else if (minute.isEmpty()) {
                found(Kind.STRANGE, key, "its name has no time");
            } else {
                uncovered++;
            }
        }
    }

    /** A time that digests cover without a hole. */
    private record Window(Instant start, Instant end) {
        /** Whether a file named for this minute was certainly delivered in here. */
        boolean holds(Instant minute) {
            return !minute.isBefore(start)
                    && !minute.plus(DeliverySettings.FILE_BEHIND_NAME_MAX).isAfter(end);
        }
    }

    private static List<Window> windows(List<Digest> line) {
        List<Window> windows = new ArrayList<>();
        for (Digest digest : line) {
            boolean goesOn = !windows.isEmpty() && windows.getLast().end().equals(digest.start());
            Instant start = goesOn ? windows.removeLast().start() : digest.start();
            windows.add(new Window(start, digest.end()));
        }
        return windows;
    }

    private static Optional<Instant> minute(String stamp) {
        try {
            return Optional.of(MINUTE.parse(stamp, Instant::from));
        } catch (DateTimeException noTime) {
            return Optional.empty();
        }
    }
}
