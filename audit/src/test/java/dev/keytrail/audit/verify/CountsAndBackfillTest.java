package dev.keytrail.audit.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.audit.AuditSettings;
import dev.keytrail.audit.Json;
import dev.keytrail.audit.trail.DeliverySettings;
import dev.keytrail.audit.verify.Finding.Kind;
import dev.keytrail.wire.shape.cloudtrail.AdvancedEventSelector;
import dev.keytrail.wire.shape.cloudtrail.AdvancedFieldSelector;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysRequest;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysResponse;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsRequest;
import dev.keytrail.wire.shape.cloudtrail.PutEventSelectorsResponse;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
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
        TreeMap<String, TrailSource.Stored> there = new TreeMap<>();
        room.store.objects.forEach((key, object) -> there.put(
                key.substring("bucket/".length()),
                new TrailSource.Stored(
                        object.body(), Optional.ofNullable(object.metadata().get("signature")))));
        return there;
    }

    private List<Finding> verified(TreeMap<String, TrailSource.Stored> objects) {
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
                return Optional.of("bucket");
            }
        };
        try {
            keys.add(answer.append("]}").toString());
            return new TrailVerifier(
                            source, keys, new TrailVerifier.Plan("", room.now, Duration.ofMinutes(5), Set.of(), 2))
                    .verify()
                    .findings();
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
}
