package dev.keytrail.audit.verify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.audit.AuditSettings;
import dev.keytrail.audit.Json;
import dev.keytrail.audit.trail.DeliverySettings;
import dev.keytrail.audit.verify.Finding.Kind;
import dev.keytrail.audit.verify.TrailVerifier.Plan;
import dev.keytrail.wire.shape.cloudtrail.AdvancedEventSelector;
import dev.keytrail.wire.shape.cloudtrail.AdvancedFieldSelector;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.DeleteTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.DeleteTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysRequest;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysResponse;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingResponse;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.UpdateTrailResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What stands beside digests, and digests that were late, as the verifier sees them. */
class CountsAndBackfillTest {
    private final AuditRoom room =
            new AuditRoom(new AuditSettings(AuditSettings.DEFAULT.historyRetention(), DeliverySettings.DEFAULT, true));

    private void created() {
        room.call(
                CreateTrailRequest.builder()
                        .name("main")
                        .s3BucketName("bucket")
                        .enableLogFileValidation(true)
                        .build(),
                CreateTrailResponse.class);
    }

    private void started() {
        room.call(StartLoggingRequest.builder().name("main").build(), StartLoggingResponse.class);
    }

    private void hour() {
        room.deliver(70);
        room.deliver(3530);
        for (int i = 0; i < 60; i++) {
            room.audit.digests().step(room.now);
            room.now = room.now.plusMillis(10);
        }
    }

    private TreeMap<String, TrailSource.Stored> there() {
        return in("bucket");
    }

    private TreeMap<String, TrailSource.Stored> in(String bucket) {
        TreeMap<String, TrailSource.Stored> there = new TreeMap<>();
        room.store.objects.forEach((key, object) -> {
            if (key.startsWith(bucket + "/")) {
                there.put(
                        key.substring(bucket.length() + 1),
                        new TrailSource.Stored(
                                object.body(),
                                Optional.ofNullable(object.metadata().get("signature"))));
            }
        });
        return there;
    }

    private List<Finding> verified(TreeMap<String, TrailSource.Stored> objects) {
        return verified(objects, new Plan("", room.now, Duration.ofMinutes(5), Set.of(), 2));
    }

    private List<Finding> verified(TreeMap<String, TrailSource.Stored> objects, Plan plan) {
        return verified(objects, plan, "bucket");
    }

    private List<Finding> verified(TreeMap<String, TrailSource.Stored> objects, Plan plan, String bucket) {
        PublicKeys keys = new PublicKeys();
        StringBuilder answer = new StringBuilder("{\"PublicKeyList\":[");
        room.call(ListPublicKeysRequest.builder().build(), ListPublicKeysResponse.class)
                .publicKeyList()
                .orElseThrow()
                .forEach(key -> answer.append("{\"Value\":\"")
                        .append(Base64.getEncoder()
                                .encodeToString(key.value().orElseThrow().unsafeArray()))
                        .append("\"}"));
        TrailSource source = new TrailSource() {
            @Override
            public void list(String prefix, Consumer<String> each) {
                objects.keySet().stream().filter(key -> key.startsWith(prefix)).forEach(each);
            }

            @Override
            public Optional<Stored> read(String key) {
                return Optional.ofNullable(objects.get(key));
            }

            @Override
            public Optional<String> bucket() {
                return Optional.of(bucket);
            }
        };
        try {
            keys.add(answer.append("]}").toString());
            return new TrailVerifier(source, keys, plan).verify().findings();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Kind> kinds(List<Finding> findings) {
        return findings.stream().map(Finding::kind).toList();
    }

    private static List<String> keys(TreeMap<String, TrailSource.Stored> objects, String part) {
        return objects.keySet().stream().filter(key -> key.contains(part)).toList();
    }

    @Test
    void counts_makeTheTotal_andTheVerifierSeesWhenTheyDoNot() throws IOException {
        created();
        room.call(
                PutEventSelectorsRequest.builder()
                        .trailName("main")
                        .advancedEventSelectors(List.of(AdvancedEventSelector.builder()
                                .fieldSelectors(List.of(
                                        AdvancedFieldSelector.builder()
                                                .field("eventCategory")
                                                .equals(List.of("Management"))
                                                .build(),
                                        AdvancedFieldSelector.builder()
                                                .field("eventName")
                                                .notEquals(List.of("Decrypt"))
                                                .build()))
                                .build()))
                        .build(),
                PutEventSelectorsResponse.class);
        started();
        for (int i = 0; i < 7; i++) {
            room.kms("Decrypt", true, "k");
        }
        room.kms("CreateKey", false, "k");
        hour();
        for (int i = 0; i < 5; i++) {
            room.kms("Decrypt", true, "k");
        }
        hour();
        hour();
        TreeMap<String, TrailSource.Stored> all = there();
        assertThat(verified(all)).isEmpty();
        long delivered = 0;
        long suppressed = 0;
        for (String key : keys(all, "/CloudTrail-Counts/")) {
            Map<String, ?> counts = Json.object(Gunzip.content(
                            Optional.ofNullable(all.get(key)).orElseThrow().body())
                    .toArray());
            delivered += number(counts, "delivered");
            suppressed += number(counts, "suppressed");
            assertThat(number(counts, "total")).isEqualTo(number(counts, "delivered") + number(counts, "suppressed"));
        }
        assertThat(delivered).as("StartLogging and CreateKey").isEqualTo(2);
        assertThat(suppressed).isEqualTo(12);
        String counts = keys(all, "/CloudTrail-Counts/").getFirst();
        TrailSource.Stored other = all.remove(counts);
        assertThat(kinds(verified(all))).containsExactly(Kind.COUNTS_WRONG);
        all.put(
                counts,
                Optional.ofNullable(all.get(keys(all, "/CloudTrail-Counts/").getLast()))
                        .orElseThrow());
        assertThat(kinds(verified(all))).containsExactly(Kind.COUNTS_WRONG);
        all.put(counts, other);
        assertThat(verified(all)).isEmpty();
    }

    private static long number(Map<String, ?> of, String name) {
        return Long.parseLong(String.valueOf(of.get(name)));
    }

    @Test
    void backfill_isSound_andItsLossIsSeen() {
        created();
        started();
        hour();
        room.store.forbidden.add("bucket");
        for (int i = 0; i < 6; i++) {
            room.kms("CreateKey", false, "k");
            hour();
        }
        room.store.forbidden.clear();
        for (int i = 0; i < 3; i++) {
            room.kms("CreateKey", false, "k");
            hour();
        }
        TreeMap<String, TrailSource.Stored> all = there();
        assertThat(verified(all)).isEmpty();
        List<String> late = keys(all, "_backfill.json.gz");
        assertThat(late).hasSizeBetween(3, 6);
        for (String key : late) {
            TreeMap<String, TrailSource.Stored> left = new TreeMap<>(all);
            left.remove(key);
            assertThat(kinds(verified(left))).as("without %s", key).contains(Kind.DIGEST_GAP);
        }
        List<String> ordinary = keys(all, "/CloudTrail-Digest/").stream()
                .filter(key -> !late.contains(key))
                .toList();
        for (String key : ordinary.subList(0, ordinary.size() - 1)) {
            TreeMap<String, TrailSource.Stored> left = new TreeMap<>(all);
            left.remove(key);
            assertThat(kinds(verified(left))).as("without %s", key).contains(Kind.DIGEST_MISSING);
        }
    }

    private void stopped() {
        room.call(StopLoggingRequest.builder().name("main").build(), StopLoggingResponse.class);
    }

    private void steps(int seconds) {
        for (int second = 0; second < seconds; second += 5) {
            room.deliver(5);
            room.audit.digests().step(room.now);
        }
    }

    /** From the moment that the bucket is back; that digests are still missing at its end is true until they are made. */
    private void assertNothingLooksPlanted() {
        room.store.forbidden.clear();
        for (int i = 0; i < 120; i++) {
            steps(5);
            assertThat(kinds(verified(there())))
                    .as("%s", room.now)
                    .doesNotContain(Kind.LOG_PLANTED, Kind.CHAIN_BROKEN, Kind.DIGEST_GAP);
        }
        assertThat(verified(there())).isEmpty();
    }

    @Test
    void outageAcrossStopAndStart_callsNoLateFilePlanted() {
        created();
        started();
        hour();
        room.store.forbidden.add("bucket");
        for (int i = 0; i < 3; i++) {
            room.kms("CreateKey", false, "k");
            hour();
        }
        stopped();
        hour();
        started();
        room.kms("CreateKey", false, "k");
        hour();
        assertNothingLooksPlanted();
        hour();
        assertThat(verified(there())).isEmpty();
    }

    /** The digests are held up for longer than the log files, while the trail lives its next life. */
    @Test
    void digestsMadeLongAfterStopAndStart_callNoFilePlanted() {
        created();
        started();
        hour();
        room.kms("CreateKey", false, "k");
        stopped();
        room.deliver(70);
        started();
        for (int i = 0; i < 20; i++) {
            room.kms("CreateKey", false, "k");
            room.deliver(70);
            room.deliver(350);
        }
        assertNothingLooksPlanted();
        assertThat(keys(there(), "_backfill.json.gz")).isNotEmpty();
    }

    @Test
    void fileHeldUpOverTheEndOfItsDigest_isNamedAtOnce() {
        created();
        started();
        hour();
        steps(2400);
        room.kms("CreateKey", false, "k");
        room.store.forbidden.add("bucket");
        steps(2000);
        assertNothingLooksPlanted();
        int there = keys(there(), "/CloudTrail-Digest/").size();
        steps(300);
        assertThat(keys(there(), "/CloudTrail-Digest/")).hasSize(there);
        for (int i = 0; i < 3; i++) {
            hour();
        }
        assertThat(verified(there())).isEmpty();
    }

    private static final Plan NEXT_WEEK =
            new Plan("", Instant.parse("2026-03-11T00:00:00Z"), Duration.ofMinutes(5), Set.of(), 2);

    private static String digestWith(TreeMap<String, TrailSource.Stored> objects, String log) {
        return keys(objects, "/CloudTrail-Digest/").stream()
                .filter(key -> content(objects, key).contains(log))
                .findFirst()
                .orElseThrow();
    }

    private static String content(TreeMap<String, TrailSource.Stored> objects, String key) {
        try {
            return Gunzip.content(
                            Optional.ofNullable(objects.get(key)).orElseThrow().body())
                    .utf8();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String logWith(TreeMap<String, TrailSource.Stored> objects, String event) {
        return keys(objects, "/CloudTrail/").stream()
                .filter(key -> content(objects, key).contains("\"eventName\":\"" + event + "\""))
                .findFirst()
                .orElseThrow();
    }

    /** The digests of the trail's one Region up to this one, and all log files. */
    private static TreeMap<String, TrailSource.Stored> upTo(TreeMap<String, TrailSource.Stored> all, String digest) {
        TreeMap<String, TrailSource.Stored> left = new TreeMap<>(all);
        left.keySet().removeIf(key -> key.contains("/CloudTrail-Digest/") && key.compareTo(digest) > 0);
        return left;
    }

    private void updated(UpdateTrailRequest.Builder change) {
        room.call(change.name("main").build(), UpdateTrailResponse.class);
    }

    @Test
    void updateOfTheTrail_isAnEndOnlyIfItEndsDigests() {
        created();
        started();
        hour();
        updated(UpdateTrailRequest.builder()
                .includeGlobalServiceEvents(true)
                .enableLogFileValidation(true)
                .s3BucketName("bucket"));
        hour();
        hour();
        TreeMap<String, TrailSource.Stored> cut = there();
        cut = upTo(cut, digestWith(cut, logWith(cut, "UpdateTrail")));
        assertThat(kinds(verified(cut, NEXT_WEEK))).containsExactly(Kind.DIGESTS_END_EARLY);
        updated(UpdateTrailRequest.builder().enableLogFileValidation(false));
        hour();
        assertThat(verified(there(), NEXT_WEEK)).isEmpty();
    }

    @Test
    void everythingAfterAStop_isMissedIfTheTrailIsKnownToBeLogging() {
        created();
        started();
        hour();
        stopped();
        hour();
        started();
        hour();
        hour();
        TreeMap<String, TrailSource.Stored> cut = there();
        cut = upTo(cut, digestWith(cut, logWith(cut, "StopLogging")));
        assertThat(verified(cut, NEXT_WEEK)).isEmpty();
        Set<String> trail = Set.of("arn:aws:cloudtrail:eu-west-1:111122223333:trail/main");
        Plan nextWeek = new Plan("", NEXT_WEEK.until(), Duration.ofMinutes(5), trail, true, 2);
        assertThat(kinds(verified(cut, nextWeek))).containsExactly(Kind.DIGESTS_END_EARLY);
        Plan now = new Plan("", room.now, Duration.ofMinutes(5), trail, true, 2);
        assertThat(verified(there(), now)).isEmpty();
    }

    @Test
    void chainThatBeginsWhereOneEnded_needsItsEndingToBeThere() {
        created();
        started();
        hour();
        hour();
        room.kms("CreateKey", false, "k");
        // Of the trail that is gone nothing is known to the one that has its name.
        room.call(DeleteTrailRequest.builder().name("main").build(), DeleteTrailResponse.class);
        created();
        started();
        hour();
        hour();
        TreeMap<String, TrailSource.Stored> all = there();
        assertThat(verified(all)).isEmpty();
        all.remove(logWith(all, "DeleteTrail"));
        assertThat(kinds(verified(all))).containsExactly(Kind.CHAIN_BROKEN, Kind.LOG_MISSING);
    }

    @Test
    void wholeStretchOfLogging_cannotGoFromBetweenTwoOthers() {
        created();
        List<Integer> ends = new ArrayList<>();
        for (int stretch = 0; stretch < 3; stretch++) {
            started();
            hour();
            hour();
            stopped();
            hour();
            ends.add(keys(there(), "/CloudTrail-Digest/").size());
        }
        TreeMap<String, TrailSource.Stored> all = there();
        assertThat(verified(all, NEXT_WEEK)).isEmpty();
        List<String> gone = keys(all, "/CloudTrail-Digest/").subList(ends.get(0), ends.get(1));
        for (String digest : gone) {
            keys(all, "/CloudTrail/").stream()
                    .filter(log -> content(all, digest).contains(log))
                    .toList()
                    .forEach(all::remove);
        }
        String last = gone.getLast();
        List.copyOf(gone).forEach(all::remove);
        assertThat(verified(all, NEXT_WEEK))
                .extracting(Finding::kind, Finding::key)
                .containsExactly(tuple(Kind.DIGEST_MISSING, last));
    }

    /** Nothing is won by the empty digest that closes a line behind late ones: without it the line ends as rightly. */
    @Test
    void emptyLastDigest_behindALateOneWithTheEnding_mayBeThereOrNot() {
        created();
        started();
        hour();
        stopped();
        room.deliver(70);
        room.now = room.now.plusSeconds(5 * 3600);
        steps(300);
        TreeMap<String, TrailSource.Stored> all = there();
        List<String> digests = keys(all, "/CloudTrail-Digest/");
        assertThat(verified(all, NEXT_WEEK)).isEmpty();
        assertThat(content(all, digests.getLast())).contains("\"logFiles\":[]");
        all.remove(digests.getLast());
        assertThat(verified(all, NEXT_WEEK)).isEmpty();
    }

    @Test
    void trailMovedToAnotherBucket_isSoundThere() {
        created();
        started();
        hour();
        hour();
        room.store.missing.add("bucket");
        updated(UpdateTrailRequest.builder().s3BucketName("other"));
        hour();
        hour();
        TreeMap<String, TrailSource.Stored> moved = in("other");
        assertThat(content(moved, keys(moved, "/CloudTrail-Digest/").getFirst()))
                .contains("\"previousDigestS3Bucket\":\"bucket\"");
        Plan now = new Plan("", room.now, Duration.ofMinutes(5), Set.of(), 2);
        assertThat(verified(moved, now, "other")).isEmpty();
    }
}
