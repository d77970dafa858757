package dev.keytrail.sim;

import dev.keytrail.server.House;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** One trail of the run: what it must have delivered, and what is in its bucket. */
final class TrailLog {
    private static final String BUCKET = "sim-trail";
    private static final String NAME = "sim";
    private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");
    private static final Duration BETWEEN_STEPS = Duration.ofSeconds(90);
    /** More than a delivery's longest pause after failures. */
    private static final int LAST_STEPS = 30;

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
        inspection.must(
                OddAsks.trail(owner, "CreateTrail", Map.of("Name", NAME, "S3BucketName", BUCKET), Ask.NOTHING_DONE));
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

    /** Lets delivery come to its end, then compares the bucket with the ledger. */
    void check() {
        House.Step delivery = world.site.house().steps().stream()
                .filter(step -> step.name().contains("delivery"))
                .findFirst()
                .orElseThrow();
        for (int i = 0; i < LAST_STEPS; i++) {
            world.site.clock.advance(BETWEEN_STEPS);
            world.step(delivery);
        }
        List<Map<String, Object>> expected = world.chronicle.all().stream()
                .filter(Entry::isManagement)
                .filter(entry -> entry.record().account().equals(owner.account()))
                .filter(entry -> stretches.stream()
                        .anyMatch(stretch -> entry.index() >= stretch.from() && entry.index() < stretch.to()))
                .map(Entry::json)
                .toList();
        compare(expected, delivered());
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

    private List<Map<String, Object>> delivered() {
        List<String> keys = new ArrayList<>();
        inspection.must(OddAsks.s3(owner, "ListObjects", "GET", "/" + BUCKET, "list-type=2", "")
                .seeing((model, answer) -> {
                    String xml = answer.body().utf8();
                    Mismatch.unless(xml.contains("<IsTruncated>false<"), "more files than a listing shows");
                    Matcher key = KEY.matcher(xml);
                    while (key.find()) {
                        keys.add(key.group(1));
                    }
                }));
        List<Map<String, Object>> events = new ArrayList<>();
        for (String key : keys) {
            inspection.must(OddAsks.s3(owner, "GetObject", "GET", "/" + BUCKET + "/" + key, "", "")
                    .seeing((model, answer) -> events.addAll(unpack(answer))));
        }
        return events;
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
