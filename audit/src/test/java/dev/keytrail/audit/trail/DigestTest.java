package dev.keytrail.audit.trail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.trail.ObjectStore.NewObject;
import dev.keytrail.call.Bytes;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DigestTest {
    private static final DeliverySettings SETTINGS =
            new DeliverySettings(Duration.ofSeconds(5), Duration.ofMinutes(1), 100_000, 6, 10_000_000);

    private final DeliveryWorld world = new DeliveryWorld();
    private final Delivery delivery = new Delivery(world.ledger, world.store, SETTINGS, Runnable::run);
    private final DigestDelivery digests =
            new DigestDelivery(world.ledger, world.store, TestKeys.over(world.ledger), SETTINGS, Runnable::run);

    private void pass(int seconds) {
        for (int left = seconds; left > 0; left -= 10) {
            world.drain(delivery);
            world.now = world.now.plusSeconds(Math.min(10, left));
            world.drain(delivery);
            digests.step(world.now);
        }
    }

    private Trail started(String name, boolean multiRegion) {
        Trail trail = world.create(DeliveryWorld.ACCOUNT, name, scope("bucket", name, multiRegion, true));
        world.start(trail);
        return trail;
    }

    private static Scope scope(String bucket, String prefix, boolean multiRegion, boolean validation) {
        return new Scope(bucket, Optional.of(prefix), multiRegion, true, List.of(Selector.ALL_MANAGEMENT), validation);
    }

    private List<FoundDigest> found(String prefix) {
        return FoundDigest.in(world.store, "bucket/" + prefix).getOrDefault(DeliveryWorld.HOME, List.of());
    }

    private Chain status(Trail trail) {
        return world.trails
                .digests(world.ledger.read(), trail, trail.account(), DeliveryWorld.HOME)
                .orElseThrow();
    }

    @Test
    void digest_firstTwo_areExactlyAsDocumented() {
        started("p", false);
        pass(70);
        pass(60);
        List<FoundDigest> found = found("p");
        assertThat(found).hasSize(2);
        FoundDigest first = found.getFirst();
        String key = "p/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/04/"
                + "111122223333_CloudTrail-Digest_eu-west-1_p_eu-west-1_20260304T050717Z.json.gz";
        assertThat(first.key()).isEqualTo(key);
        Map<String, String> file = first.files().getFirst();
        String fingerprint = new SigningKey(1, Instant.EPOCH, Instant.EPOCH, TestKeys.PAIR).fingerprint();
        assertThat(new String(DeliveryWorld.unzip(first.object().body()), StandardCharsets.UTF_8))
                .isEqualTo("{\"awsAccountId\":\"111122223333\",\"digestStartTime\":\"2026-03-04T05:06:17Z\","
                        + "\"digestEndTime\":\"2026-03-04T05:07:17Z\",\"digestS3Bucket\":\"bucket\","
                        + "\"digestS3Object\":\"" + key + "\",\"digestPublicKeyFingerprint\":\"" + fingerprint
                        + "\",\"digestSignatureAlgorithm\":\"SHA256withRSA\","
                        + "\"newestEventTime\":\"2026-03-04T05:06:07Z\",\"oldestEventTime\":\"2026-03-04T05:06:07Z\","
                        + "\"previousDigestS3Bucket\":null,\"previousDigestS3Object\":null,"
                        + "\"previousDigestHashValue\":null,\"previousDigestHashAlgorithm\":null,"
                        + "\"previousDigestSignature\":null,\"logFiles\":[{\"s3Bucket\":\"bucket\",\"s3Object\":\""
                        + file.get("s3Object") + "\",\"hashValue\":\"" + file.get("hashValue")
                        + "\",\"hashAlgorithm\":\"SHA-256\",\"newestEventTime\":\"2026-03-04T05:06:07Z\","
                        + "\"oldestEventTime\":\"2026-03-04T05:06:07Z\"}]}");
        FoundDigest second = found.getLast();
        assertThat(second.starts()).isFalse();
        assertThat(second.text("previousDigestHashAlgorithm")).isEqualTo("SHA-256");
        assertThat(second.files())
                .as("nothing was delivered, the digest comes all the same")
                .isEmpty();
        assertThat(second.text("newestEventTime")).isEqualTo("null");
        assertThat(second.object().contentEncoding()).contains("gzip");
        assertThat(second.object().contentType()).isEqualTo("application/json");
    }

    @Test
    void stop_writesFinalDigest_andRestartBeginsAnewChain() {
        Trail trail = started("p", false);
        pass(130);
        world.event();
        world.stop(trail);
        pass(10);
        int stopped = found("p").size();
        assertThat(found("p").getLast().files()).hasSize(1);
        assertThat(status(trail).segments()).isEmpty();
        pass(300);
        assertThat(found("p")).as("no digests while stopped").hasSize(stopped);
        world.start(world.current(trail));
        pass(80);
        assertThat(found("p").getLast().starts()).isTrue();
        assertThat(found("p").stream().filter(FoundDigest::starts)).hasSize(2);
    }

    @Test
    void delete_writesFinalDigest_andLeavesNoRows() {
        Trail trail = started("p", true);
        world.event(DeliveryWorld.ACCOUNT, "us-east-1", "kms.amazonaws.com", true);
        pass(130);
        world.event(DeliveryWorld.ACCOUNT, "us-east-1", "kms.amazonaws.com", true);
        world.delete(trail);
        pass(20);
        var found = FoundDigest.in(world.store, "bucket/p");
        assertThat(found.keySet()).containsExactly("eu-west-1", "us-east-1");
        assertThat(found.get("us-east-1").getLast().files()).hasSize(1);
        assertThat(world.ledger.read().scan(Trails.CHAINS, "", "")).isEmpty();
        assertThat(world.ledger.read().scan(Trails.COVERED, "", "")).isEmpty();
        assertThat(world.ledger.read().scan(Trails.PROGRESS, "", "")).isEmpty();
    }

    @Test
    void validation_switchedOffAndOn_leavesFilesBetweenUncovered() {
        Trail trail = started("p", false);
        pass(70);
        world.update(trail, scope("bucket", "p", false, false));
        pass(100);
        world.event();
        pass(100);
        int covered = found("p").stream().mapToInt(d -> d.files().size()).sum();
        world.update(trail, scope("bucket", "p", false, true));
        world.event();
        pass(80);
        assertThat(found("p").getLast().starts()).isTrue();
        int all = found("p").stream().mapToInt(d -> d.files().size()).sum();
        assertThat(all).isEqualTo(covered + 1);
        assertThat(world.delivered("bucket", "p")).hasSizeGreaterThan(all);
    }

    @Test
    void refusingBucket_showsInStatus_andBackfillDigestsMakeUpForTheTime() {
        Trail trail = started("p", false);
        pass(20);
        world.store.forbidden.add("bucket");
        pass(400);
        assertThat(status(trail).latestFailure().map(Progress.Failed::code)).contains("AccessDenied");
        assertThat(found("p")).isEmpty();
        world.store.forbidden.clear();
        pass(200);
        assertThat(status(trail).latestFailure()).isEmpty();
        assertThat(status(trail).latest()).isPresent();
        List<FoundDigest> found = found("p");
        List<FoundDigest> late = found.stream().filter(FoundDigest::isBackfill).toList();
        // The one that was decided when the bucket began to refuse keeps its name.
        assertThat(found.getFirst().isBackfill()).isFalse();
        assertThat(late).hasSizeBetween(4, 8);
        assertThat(late.getFirst().starts()).isTrue();
        assertThat(found.getLast().isBackfill()).isFalse();
        assertThat(found.getLast().starts()).isFalse();
    }

    @Test
    void veryLongTime_isMadeUpForByABoundedNumber() {
        started("p", false);
        pass(70);
        world.store.forbidden.add("bucket");
        pass(60);
        world.now = world.now.plusSeconds(60 * 10_000);
        world.store.forbidden.clear();
        pass(600);
        assertThat(found("p").stream().filter(FoundDigest::isBackfill))
                .hasSizeBetween(DigestDelivery.LATE_MAX - 2, DigestDelivery.LATE_MAX + 12);
    }

    @Test
    void bucketChangedByOwner_chainGoesOnInTheOtherBucket() {
        Trail trail = started("p", false);
        pass(70);
        world.store.missing.add("bucket");
        pass(70);
        world.update(trail, scope("other", "p", false, true));
        pass(200);
        List<FoundDigest> there = world.store.objects.values().stream()
                .filter(o -> o.bucket().equals("other") && o.key().contains("CloudTrail-Digest"))
                .map(o -> new FoundDigest(o.key(), o, dev.keytrail.audit.Json.object(DeliveryWorld.unzip(o.body()))))
                .toList();
        assertThat(there).isNotEmpty();
        assertThat(there.getFirst().text("previousDigestS3Bucket")).isEqualTo("bucket");
        assertThat(there.getFirst().text("digestS3Bucket")).isEqualTo("other");
    }

    @Test
    void foreignObjectAtItsName_isLeftAlone() {
        started("p", false);
        pass(20);
        String key = "p/AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/03/04/"
                + "111122223333_CloudTrail-Digest_eu-west-1_p_eu-west-1_20260304T050717Z.json.gz";
        NewObject foreign = new NewObject(
                "bucket",
                key,
                Bytes.utf8("planted"),
                "text/plain",
                Optional.empty(),
                Map.of(),
                new ObjectStore.Writer("arn", "1", "r"));
        world.store.putNew(foreign);
        pass(70);
        assertThat(world.store.objects.remove("bucket/" + key)).isEqualTo(foreign);
        assertThat(found("p").getFirst().text("digestEndTime")).isEqualTo("2026-03-04T05:07:18Z");
    }

    @Test
    void clockSetBack_chainGoesOn() {
        started("p", false);
        pass(130);
        int before = found("p").size();
        world.now = world.now.minusSeconds(86_400);
        world.event();
        pass(200);
        assertThat(found("p")).hasSizeBetween(before + 2, before + 4);
        assertThat(found("p").stream().mapToInt(d -> d.files().size()).sum()).isEqualTo(2);
    }

    @Test
    void keys_rotateWithOverlap() {
        SigningKeys keys = TestKeys.over(world.ledger);
        Instant start = Instant.parse("2026-03-04T00:00:00Z");
        SigningKey first = keys.current("eu-west-1", start);
        assertThat(keys.current("eu-west-1", start.plusSeconds(3600))).isEqualTo(first);
        assertThat(Duration.between(first.from(), first.to())).isEqualTo(Duration.ofDays(30));
        Instant late = start.plus(Duration.ofDays(25));
        SigningKey second = keys.current("eu-west-1", late);
        assertThat(second.number()).isEqualTo(2);
        assertThat(second.from()).isBefore(first.to());
        assertThat(SigningKeys.overlapping(world.ledger.read(), "eu-west-1", late, late))
                .containsExactly(first, second);
        assertThat(SigningKeys.overlapping(world.ledger.read(), "eu-west-1", start, start))
                .containsExactly(first);
        assertThat(SigningKeys.overlapping(world.ledger.read(), "us-east-1", start, late))
                .isEmpty();
        assertThat(keys.current("eu-west-1", start)).as("a clock set back").isEqualTo(first);
    }

    @Test
    void settings_digestInterval_isBounded() {
        for (Duration wrong : List.of(Duration.ofSeconds(1), Duration.ofMillis(2500), Duration.ofHours(25))) {
            assertThatThrownBy(() -> SETTINGS.withDigestInterval(wrong)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(Objects.requireNonNull(SETTINGS.withDigestInterval(Duration.ofSeconds(2)))
                        .flushInterval())
                .isEqualTo(SETTINGS.flushInterval());
    }
}
