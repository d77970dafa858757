package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.bucket.BucketWorld.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Versions, delete markers and Object Lock, against the plainest model of them. */
class VersionsTest {
    private static final Pattern ITEM = Pattern.compile(
            "<(Version|DeleteMarker)><Key>([^<]*)</Key><VersionId>([^<]*)</VersionId><IsLatest>([a-z]*)</IsLatest>");

    @TempDir
    Path directory;

    private BucketWorld world;

    @BeforeEach
    void bucket() {
        world = new BucketWorld(directory);
        world.put("/logs", "");
    }

    private void versioning(String status) {
        assertThat(world.put(
                                "/logs?versioning",
                                "<VersioningConfiguration><Status>" + status + "</Status></VersioningConfiguration>")
                        .status())
                .isEqualTo(200);
    }

    private static String lock(String mode, int days) {
        return "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>"
                + mode + "</Mode><Days>" + days + "</Days></DefaultRetention></Rule></ObjectLockConfiguration>";
    }

    /** One version in the model: a body, or null for a marker. */
    private record Kept(String id, String body) {}

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyChanges_leaveWhatTheModelHas(long seed) {
        Random random = new Random(seed);
        Map<String, List<Kept>> model = new TreeMap<>();
        String status = "Off";
        for (int step = 0; step < 120; step++) {
            String key = "k" + random.nextInt(3);
            List<Kept> versions = model.computeIfAbsent(key, _ -> new ArrayList<>());
            switch (random.nextInt(10)) {
                case 0 -> {
                    status = random.nextBoolean() ? "Enabled" : "Suspended";
                    versioning(status);
                }
                case 1, 2, 3, 4 -> {
                    Answer put = world.put("/logs/" + key, "body" + step);
                    assertThat(put.status()).isEqualTo(200);
                    newest(versions, status, new Kept(idOf(put, status), "body" + step));
                }
                case 5, 6 -> {
                    Answer deleted = world.delete("/logs/" + key);
                    assertThat(deleted.status()).isEqualTo(204);
                    if (status.equals("Off")) {
                        versions.clear();
                    } else {
                        newest(versions, status, new Kept(idOf(deleted, status), null));
                    }
                }
                default -> {
                    if (!versions.isEmpty() && !status.equals("Off")) {
                        Kept gone = versions.remove(random.nextInt(versions.size()));
                        assertThat(world.delete("/logs/" + key + "?versionId=" + gone.id())
                                        .status())
                                .isEqualTo(204);
                    }
                }
            }
            requireEqual(model, random.nextInt(1, 6));
        }
        world.sweepLater();
        long bodies = model.values().stream()
                .flatMap(List::stream)
                .filter(kept -> kept.body() != null)
                .count();
        assertThat(world.files()).isEqualTo(bodies);
        model.forEach((key, versions) -> versions.stream()
                .filter(kept -> kept.body() != null)
                .forEach(kept -> assertThat(world.get("/logs/" + key + "?versionId=" + kept.id())
                                .text())
                        .isEqualTo(kept.body())));
    }

    private static String idOf(Answer answer, String status) {
        return status.equals("Off") ? "null" : answer.header("x-amz-version-id");
    }

    private static void newest(List<Kept> versions, String status, Kept kept) {
        if (!status.equals("Enabled")) {
            versions.removeIf(old -> old.id().equals("null"));
        }
        versions.addFirst(kept);
    }

    private void requireEqual(Map<String, List<Kept>> model, int page) {
        List<String> wanted = new ArrayList<>();
        model.forEach((key, versions) -> {
            for (int i = 0; i < versions.size(); i++) {
                Kept kept = versions.get(i);
                wanted.add((kept.body() == null ? "DeleteMarker" : "Version") + " " + key + " " + kept.id() + " "
                        + (i == 0));
            }
        });
        // Versions come before markers in the XML of a page, so the order is looked at without it.
        List<String> got = new ArrayList<>();
        String markers = "";
        while (true) {
            String text = world.get("/logs?versions&max-keys=" + page + markers).text();
            Matcher matcher = ITEM.matcher(text);
            while (matcher.find()) {
                got.add(String.join(" ", matcher.group(1), matcher.group(2), matcher.group(3), matcher.group(4)));
            }
            if (!text.contains("<IsTruncated>true")) {
                break;
            }
            markers = "&key-marker=" + between(text, "NextKeyMarker") + "&version-id-marker="
                    + between(text, "NextVersionIdMarker");
        }
        assertThat(got).isEqualTo(wanted);
        model.forEach((key, versions) -> {
            Answer current = world.get("/logs/" + key);
            if (versions.isEmpty() || versions.getFirst().body() == null) {
                assertThat(current.code()).isEqualTo("NoSuchKey");
            } else {
                assertThat(current.text()).isEqualTo(versions.getFirst().body());
            }
        });
    }

    private static String between(String text, String element) {
        return text.substring(text.indexOf("<" + element + ">") + element.length() + 2, text.indexOf("</" + element));
    }

    @Test
    void twoDeletesAtOnce_bothLeaveTheirMarker() {
        versioning("Enabled");
        world.put("/logs/k", "x");
        world.beforeNextCommit(() -> world.delete("/logs/k"));
        world.delete("/logs/k");
        assertThat(world.get("/logs?versions").text().split("<DeleteMarker>", -1))
                .hasSize(3);
    }

    @Test
    void severalVersionsOfOneKey_goInOneRequest() {
        versioning("Enabled");
        StringBuilder wanted = new StringBuilder("<Delete>");
        for (int i = 0; i < 5; i++) {
            String id = world.put("/logs/k", "x" + i).header("x-amz-version-id");
            wanted.append("<Object><Key>k</Key><VersionId>" + id + "</VersionId></Object>");
        }
        Answer answer = world.send(
                BucketWorld.ADMIN,
                "POST",
                "/logs?delete",
                Map.of("x-amz-checksum-crc32", crc32(wanted.append("</Delete>").toString())),
                wanted.toString());
        assertThat(answer.text().split("<Deleted>", -1)).hasSize(6);
        assertThat(world.get("/logs?versions").text()).doesNotContain("<Version>");
        assertThat(world.delete("/logs").status()).isEqualTo(204);
        world.sweepLater();
        assertThat(world.files()).isZero();
    }

    private static String crc32(String text) {
        Checksum.Running sum = Checksum.CRC32.start();
        byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
        sum.update(bytes, 0, bytes.length);
        return sum.base64();
    }

    @Test
    void bucketWithVersionsOrMarkers_isNotEmpty() {
        versioning("Enabled");
        world.put("/logs/k", "x");
        String marker = world.delete("/logs/k").header("x-amz-version-id");
        assertThat(world.delete("/logs").code()).isEqualTo("BucketNotEmpty");
        assertThat(world.get("/logs/k?versionId=" + marker).code()).isEqualTo("MethodNotAllowed");
        assertThat(world.get("/logs/k?versionId=none").code()).isEqualTo("NoSuchVersion");
    }

    @Test
    void compliance_holdsForEverybodyUntilItsDate() {
        world.send(BucketWorld.ADMIN, "PUT", "/vault", Map.of("x-amz-bucket-object-lock-enabled", "true"), "");
        assertThat(world.put("/vault?object-lock", lock("COMPLIANCE", 10)).status())
                .isEqualTo(200);
        String id = world.put("/vault/k", "x").header("x-amz-version-id");
        Answer head = world.send(BucketWorld.ADMIN, "HEAD", "/vault/k", Map.of(), "");
        assertThat(head.header("x-amz-object-lock-mode")).isEqualTo("COMPLIANCE");
        Map<String, String> bypass = Map.of("x-amz-bypass-governance-retention", "true");
        for (var caller : List.of(BucketWorld.ADMIN, BucketWorld.ROOT)) {
            world.allow(caller, "*", "*");
            assertThat(world.send(caller, "DELETE", "/vault/k?versionId=" + id, bypass, "")
                            .code())
                    .isEqualTo("AccessDenied");
            assertThat(world.send(caller, "PUT", "/vault/k?retention", bypass, retention("GOVERNANCE", 20))
                            .code())
                    .isEqualTo("AccessDenied");
            assertThat(world.send(caller, "PUT", "/vault/k?retention", bypass, retention("COMPLIANCE", 5))
                            .code())
                    .isEqualTo("AccessDenied");
        }
        // A marker and an overwriting hide it and take nothing away; versioning cannot be switched off.
        assertThat(world.delete("/vault/k").status()).isEqualTo(204);
        assertThat(world.put("/vault/k", "y").status()).isEqualTo(200);
        assertThat(world.put(
                                "/vault?versioning",
                                "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>")
                        .code())
                .isEqualTo("InvalidBucketState");
        assertThat(world.get("/vault/k?versionId=" + id).text()).isEqualTo("x");
        assertThat(world.put("/vault/k?versionId=" + id + "&retention", retention("COMPLIANCE", 30))
                        .status())
                .isEqualTo(200);
        world.clock.advance(Duration.ofDays(11));
        assertThat(world.delete("/vault/k?versionId=" + id).code()).isEqualTo("AccessDenied");
        world.clock.advance(Duration.ofDays(20));
        assertThat(world.delete("/vault/k?versionId=" + id).status()).isEqualTo(204);
    }

    private String retention(String mode, int days) {
        return "<Retention><Mode>" + mode + "</Mode><RetainUntilDate>"
                + ObjectLock.written(world.clock.instant().plus(Duration.ofDays(days)))
                + "</RetainUntilDate></Retention>";
    }

    @Test
    void governance_yieldsToWhoMayBypassAndSaysSo() {
        world.send(BucketWorld.ADMIN, "PUT", "/vault", Map.of("x-amz-bucket-object-lock-enabled", "true"), "");
        world.put("/vault?object-lock", lock("GOVERNANCE", 10));
        String id = world.put("/vault/k", "x").header("x-amz-version-id");
        String target = "/vault/k?versionId=" + id;
        world.allow(BucketWorld.READER, "s3:DeleteObjectVersion", "*");
        Map<String, String> bypass = Map.of("x-amz-bypass-governance-retention", "true");
        assertThat(world.send(BucketWorld.READER, "DELETE", target, bypass, "").code())
                .isEqualTo("AccessDenied");
        assertThat(world.delete(target).code()).isEqualTo("AccessDenied");
        assertThat(world.send(BucketWorld.ADMIN, "DELETE", target, bypass, "").status())
                .isEqualTo(204);
    }

    @Test
    void legalHold_holdsWithoutADate() {
        world.send(BucketWorld.ADMIN, "PUT", "/vault", Map.of("x-amz-bucket-object-lock-enabled", "true"), "");
        String id =
                world.put("/vault/k", "x", "x-amz-object-lock-legal-hold", "ON").header("x-amz-version-id");
        assertThat(world.get("/vault/k?legal-hold").text()).contains("<Status>ON</Status>");
        assertThat(world.get("/vault/k?retention").code()).isEqualTo("NoSuchObjectLockConfiguration");
        world.clock.advance(Duration.ofDays(4000));
        assertThat(world.delete("/vault/k?versionId=" + id).code()).isEqualTo("AccessDenied");
        assertThat(world.put("/vault/k?legal-hold", "<LegalHold><Status>OFF</Status></LegalHold>")
                        .status())
                .isEqualTo(200);
        assertThat(world.delete("/vault/k?versionId=" + id).status()).isEqualTo(204);
        assertThat(world.put("/logs/k", "x").status()).isEqualTo(200);
        assertThat(world.get("/logs/k?legal-hold").code()).isEqualTo("InvalidRequest");
    }

    @Test
    void tags_ofObjectsAndBuckets() {
        world.put("/logs/k", "x", "x-amz-tagging", "a=1&b=2");
        assertThat(world.get("/logs/k?tagging").text()).contains("<Tag><Key>a</Key><Value>1</Value></Tag>");
        assertThat(world.get("/logs/k").header("x-amz-tagging-count")).isEqualTo("2");
        String document = "<Tagging><TagSet><Tag><Key>c</Key><Value>3</Value></Tag></TagSet></Tagging>";
        assertThat(world.put("/logs/k?tagging", document).status()).isEqualTo(200);
        assertThat(world.get("/logs/k?tagging").text())
                .doesNotContain("<Key>a</Key>")
                .contains("<Key>c</Key>");
        assertThat(world.delete("/logs/k?tagging").status()).isEqualTo(204);
        assertThat(world.get("/logs?tagging").code()).isEqualTo("NoSuchTagSet");
        assertThat(world.put("/logs?tagging", document).status()).isEqualTo(204);
        assertThat(world.get("/logs?tagging").text()).contains("<Value>3</Value>");
        assertThat(new HashMap<>(world.delete("/logs?tagging").headers())).isNotEmpty();
    }
}
