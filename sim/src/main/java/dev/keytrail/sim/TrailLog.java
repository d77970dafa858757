package dev.keytrail.sim;

import dev.keytrail.audit.verify.Finding;
import dev.keytrail.audit.verify.PublicKeys;
import dev.keytrail.audit.verify.TrailSource;
import dev.keytrail.audit.verify.TrailVerifier;
import dev.keytrail.server.House;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** One trail of the run: what it must have delivered, and what is in its bucket. */
final class TrailLog {
    private static final String BUCKET = "sim-trail";
    private static final String NAME = "sim";
    private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");
    private static final Pattern NEXT = Pattern.compile("<NextContinuationToken>([^<]*)</NextContinuationToken>");

    /** How late a digest may be: the last steps need not reach the end of an hour. */
    private static final Duration GRACE = Duration.ofMinutes(10);

    private static final Duration DIGEST_INTERVAL = Duration.ofHours(1);
    private static final Duration BETWEEN_STEPS = Duration.ofSeconds(90);
    /** More than a delivery's longest pause after failures. */
    private static final int LAST_STEPS = 30;

    private static final int IDLE_STEPS = 3;

    private final World world;
    private final Login owner;
    private final Inspection inspection;
    /** Ranges of ledger indexes that the trail was on, from inclusive, to exclusive; the last one may be open. */
    private final List<Stretch> stretches = new ArrayList<>();

    private record Stretch(long from, long to) {}

    TrailLog(World world, Login owner, Inspection inspection) {
        this.world = world;
        this.owner = owner;
        this.inspection = inspection;
    }

    void setUp() {
        inspection.must(OddAsks.s3(owner, "CreateBucket", "PUT", "/" + BUCKET, "", ""));
        inspection.must(OddAsks.s3(owner, "PutBucketPolicy", "PUT", "/" + BUCKET, "policy=", policy()));
        Map<String, Object> made = Map.of("Name", NAME, "S3BucketName", BUCKET, "EnableLogFileValidation", true);
        inspection.must(OddAsks.trail(owner, "CreateTrail", made, Ask.NOTHING_DONE));
        inspection.must(start());
    }

    private static String policy() {
        return """
            {"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},
            "Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::%1$s"},
            {"Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},
            "Action":"s3:PutObject","Resource":"arn:aws:s3:::%1$s/AWSLogs/*",
            "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control"}}}]}""".formatted(BUCKET);
    }

    private boolean isOn() {
        return !stretches.isEmpty() && stretches.getLast().to() == Long.MAX_VALUE;
    }

    Ask start() {
        return OddAsks.trail(owner, "StartLogging", Map.of("Name", NAME), (model, answer, own, now) -> {
            if (!isOn()) {
                stretches.add(new Stretch(own.index(), Long.MAX_VALUE));
            }
        });
    }

    Ask stop() {
        return OddAsks.trail(owner, "StopLogging", Map.of("Name", NAME), (model, answer, own, now) -> {
            if (isOn()) {
                stretches.add(new Stretch(stretches.removeLast().from(), own.index() + 1));
            }
        });
    }

    /** Lets delivery come to its end, then compares the bucket with the ledger, and its digests with the bucket. */
    void check() {
        for (int i = 0; i < LAST_STEPS; i++) {
            world.site.clock.advance(BETWEEN_STEPS);
            world.step(step("trail delivery"));
            world.step(step("trail digests"));
        }
        makeDigests();
        if (objects().keySet().stream().noneMatch(key -> key.contains("/CloudTrail-Digest/"))) {
            // A trail whose first hour is not over.
            world.site.clock.advance(DIGEST_INTERVAL);
            makeDigests();
        }
        List<Map<String, Object>> expected = world.chronicle.all().stream()
                .filter(Entry::isManagement)
                .filter(entry -> entry.record().account().equals(owner.account()))
                .filter(entry -> stretches.stream()
                        .anyMatch(stretch -> entry.index() >= stretch.from() && entry.index() < stretch.to()))
                .map(Entry::json)
                .toList();
        Map<String, Answer> objects = objects();
        List<Map<String, Object>> delivered = new ArrayList<>();
        objects.forEach((key, answer) -> {
            if (key.contains("/CloudTrail/")) {
                delivered.addAll(unpack(answer));
            }
        });
        compare(expected, delivered);
        verify(objects);
    }

    /** One digest a step, and each leaves the record of its put; one that needs a new signing key comes with the next step. */
    private void makeDigests() {
        for (int idle = 0; idle < IDLE_STEPS; ) {
            long end = world.site.truth().end();
            world.step(step("trail digests"));
            idle = world.site.truth().end() > end ? 0 : idle + 1;
        }
    }

    private House.Step step(String name) {
        return world.site.house().steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** As {@code keytrail verify trail} does: every digest as signed, none missing, every log file named by one. */
    private void verify(Map<String, Answer> objects) {
        PublicKeys keys = new PublicKeys();
        Instant now = world.site.clock.instant();
        Optional<String> token = Optional.empty();
        do {
            Map<String, Object> asked = new HashMap<>(Map.of("StartTime", 0, "EndTime", now.getEpochSecond()));
            token.ifPresent(t -> asked.put("NextToken", t));
            List<String> answers = new ArrayList<>();
            inspection.must(OddAsks.trail(owner, "ListPublicKeys", asked, Ask.NOTHING_DONE)
                    .seeing((model, answer) -> answers.add(answer.body().utf8())));
            keys.add(answers.getFirst());
            token = PublicKeys.nextToken(answers.getFirst());
        } while (token.isPresent());
        TrailVerifier.Plan plan = new TrailVerifier.Plan("", now, GRACE, Set.of(), 1);
        try {
            TrailVerifier.Report report = new TrailVerifier(new Held(objects), keys, plan).verify();
            List<Finding> wrong = report.findings();
            Mismatch.unless(wrong.isEmpty(), "digests: " + wrong);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What was read of the bucket. */
    private record Held(Map<String, Answer> objects) implements TrailSource {
        @Override
        public void list(String prefix, Consumer<String> each) {
            objects.keySet().stream().filter(key -> key.startsWith(prefix)).forEach(each);
        }

        @Override
        public Optional<Stored> read(String key) {
            return Optional.ofNullable(objects.get(key))
                    .map(answer -> new Stored(
                            answer.body(), Optional.ofNullable(answer.headers().get("x-amz-meta-signature"))));
        }

        @Override
        public Optional<String> bucket() {
            return Optional.of(BUCKET);
        }
    }

    /** Each expected event exactly once, as it is in the ledger, and nothing else. */
    static void compare(List<Map<String, Object>> expected, List<Map<String, Object>> delivered) {
        Map<String, Map<String, Object>> found = new HashMap<>();
        for (Map<String, Object> event : delivered) {
            Mismatch.unless(
                    found.put(Json.text(event, "eventID"), event) == null, "delivered twice: " + Json.write(event));
        }
        for (Map<String, Object> event : expected) {
            Map<String, Object> there = found.remove(Json.text(event, "eventID"));
            Mismatch.unless(there != null, "not delivered: " + Json.write(event));
            Mismatch.unless(event.equals(there), "delivered otherwise than recorded: " + Json.write(event));
        }
        Mismatch.unless(found.isEmpty(), "delivered and not selected: " + found.keySet());
    }

    private Map<String, Answer> objects() {
        List<String> keys = new ArrayList<>();
        List<String> token = new ArrayList<>();
        do {
            String more = token.isEmpty() ? "" : "continuation-token=" + coded(token.removeFirst()) + "&";
            inspection.must(OddAsks.s3(owner, "ListObjects", "GET", "/" + BUCKET, more + "list-type=2", "")
                    .seeing((model, answer) -> {
                        String xml = answer.body().utf8();
                        Matcher key = KEY.matcher(xml);
                        while (key.find()) {
                            keys.add(key.group(1));
                        }
                        Matcher next = NEXT.matcher(xml);
                        if (next.find()) {
                            token.add(next.group(1));
                        }
                    }));
        } while (!token.isEmpty());
        Map<String, Answer> objects = new TreeMap<>();
        for (String key : keys) {
            inspection.must(OddAsks.s3(owner, "GetObject", "GET", "/" + BUCKET + "/" + key, "", "")
                    .seeing((model, answer) -> objects.put(key, answer)));
        }
        return objects;
    }

    private static String coded(String token) {
        return URLEncoder.encode(token, StandardCharsets.UTF_8);
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> unpack(Answer answer) {
        try (GZIPInputStream in =
                new GZIPInputStream(new ByteArrayInputStream(answer.body().toArray()))) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return (List<Map<String, Object>>) Json.list(Json.object(text.getBytes(StandardCharsets.UTF_8)), "Records");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
