package dev.keytrail.audit.verify;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.AuditRoom;
import dev.keytrail.audit.verify.Finding.Kind;
import dev.keytrail.audit.verify.TrailVerifier.Plan;
import dev.keytrail.audit.verify.TrailVerifier.Report;
import dev.keytrail.call.Bytes;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.CreateTrailResponse;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysRequest;
import dev.keytrail.wire.shape.cloudtrail.ListPublicKeysResponse;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A trail of eighteen hours, made by the room itself, damaged in every way that matters. */
class TrailVerifierTest {
    private static final int HOURS = 18;

    private static final AuditRoom ROOM = new AuditRoom();
    private static final TreeMap<String, TrailSource.Stored> INTACT = new TreeMap<>();
    private static final PublicKeys KEYS = new PublicKeys();

    private final TreeMap<String, TrailSource.Stored> objects = new TreeMap<>(INTACT);

    @BeforeAll
    static void makeTrail() {
        ROOM.call(
                CreateTrailRequest.builder()
                        .name("checked")
                        .s3BucketName("bucket")
                        .enableLogFileValidation(true)
                        .build(),
                CreateTrailResponse.class);
        ROOM.call(StartLoggingRequest.builder().name("checked").build(), StartLoggingResponse.class);
        for (int hour = 0; hour < HOURS; hour++) {
            for (int part = 0; part < 2; part++) {
                ROOM.kms("Encrypt", true, "arn:aws:kms:eu-west-1:111122223333:key/k");
                ROOM.deliver(70);
                ROOM.now = ROOM.now.plusSeconds(1730);
                ROOM.audit.digests().step(ROOM.now);
            }
        }
        ROOM.store.objects.forEach((key, object) -> INTACT.put(
                key.substring("bucket/".length()),
                new TrailSource.Stored(
                        object.body(), Optional.ofNullable(object.metadata().get("signature")))));
        StringBuilder answer = new StringBuilder("{\"PublicKeyList\":[");
        ROOM.call(ListPublicKeysRequest.builder().build(), ListPublicKeysResponse.class)
                .publicKeyList()
                .orElseThrow()
                .forEach(key -> answer.append("{\"Value\":\"")
                        .append(Base64.getEncoder()
                                .encodeToString(key.value().orElseThrow().unsafeArray()))
                        .append("\"}"));
        KEYS.add(answer.append("]}").toString());
    }

    private record MapSource(TreeMap<String, TrailSource.Stored> objects) implements TrailSource {
        @Override
        public void list(String prefix, Consumer<String> each) {
            List.copyOf(objects.keySet()).stream()
                    .filter(key -> key.startsWith(prefix))
                    .forEach(each);
        }

        @Override
        public Optional<Stored> read(String key) {
            return Optional.ofNullable(objects.get(key));
        }

        @Override
        public Optional<String> bucket() {
            return Optional.of("bucket");
        }
    }

    private Report verify(String... expected) {
        return verify(new MapSource(objects), expected);
    }

    private static Report verify(TrailSource source, String... expected) {
        try {
            return new TrailVerifier(source, KEYS, new Plan("", ROOM.now, Duration.ofMinutes(1), Set.of(expected), 2))
                    .verify();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<String> digests() {
        return objects.keySet().stream()
                .filter(key -> key.contains("CloudTrail-Digest"))
                .toList();
    }

    private List<String> logs() {
        return objects.keySet().stream()
                .filter(key -> key.contains("/CloudTrail/"))
                .toList();
    }

    private static List<Kind> kinds(Report report) {
        return report.findings().stream().map(Finding::kind).toList();
    }

    private static List<String> keys(Report report, Kind kind) {
        return report.findings().stream()
                .filter(finding -> finding.kind() == kind)
                .map(Finding::key)
                .toList();
    }

    private static Bytes gzip(String content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Bytes.adopt(out.toByteArray());
    }

    private void replace(String key, Bytes body) {
        objects.computeIfPresent(key, (_, there) -> new TrailSource.Stored(body, there.signature()));
    }

    private String content(String key) {
        try {
            return Gunzip.content(new MapSource(objects).read(key).orElseThrow().body())
                    .utf8();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void intactTrail_isAsSigned() {
        Report report = verify("arn:aws:cloudtrail:eu-west-1:111122223333:trail/checked");
        assertThat(report.findings()).isEmpty();
        assertThat(report.digests()).isGreaterThanOrEqualTo(HOURS - 1);
        assertThat(report.logFiles()).isGreaterThanOrEqualTo(2 * (HOURS - 1));
        assertThat(report.bytes()).isPositive();
    }

    @Test
    void logFile_altered() {
        String victim = logs().get(7);
        replace(victim, gzip(content(victim).replace("Encrypt", "Decrypt")));
        assertThat(verify().findings()).hasSize(1);
        assertThat(keys(verify(), Kind.LOG_ALTERED)).containsExactly(victim);
    }

    @Test
    void logFile_deleted() {
        String victim = logs().get(7);
        objects.remove(victim);
        assertThat(keys(verify(), Kind.LOG_MISSING)).containsExactly(victim);
    }

    @Test
    void logFile_withSomethingBehindItsEnd() {
        String victim = logs().get(7);
        byte[] body = objects.get(victim).body().toArray();
        byte[] more = gzip("{\"Records\":[]}").toArray();
        byte[] both = Arrays.copyOf(body, body.length + more.length);
        System.arraycopy(more, 0, both, body.length, more.length);
        replace(victim, Bytes.adopt(both));
        assertThat(keys(verify(), Kind.LOG_ALTERED)).containsExactly(victim);
    }

    @Test
    void logFile_cutShort() {
        String victim = logs().get(7);
        replace(victim, Bytes.adopt(Arrays.copyOf(objects.get(victim).body().toArray(), 40)));
        assertThat(keys(verify(), Kind.LOG_ALTERED)).containsExactly(victim);
    }

    @Test
    void logFile_planted() {
        String model = logs().get(7);
        String planted = model.replaceAll("_[A-Za-z0-9]{16}\\.json", "_AAAAAAAAAAAAAAAA.json");
        objects.put(planted, new TrailSource.Stored(gzip("{\"Records\":[]}"), Optional.empty()));
        assertThat(keys(verify(), Kind.LOG_PLANTED)).containsExactly(planted);
    }

    @Test
    void oneDigest_deleted() {
        String victim = digests().get(5);
        objects.remove(victim);
        Report report = verify();
        assertThat(keys(report, Kind.DIGEST_MISSING)).containsExactly(victim);
        assertThat(keys(report, Kind.DIGEST_GAP)).isEmpty();
    }

    @Test
    void twelveAdjacentDigests_deleted_eachIsNamed() {
        List<String> victims = digests().subList(3, 15);
        victims.forEach(objects::remove);
        Report report = verify();
        List<String> named = new ArrayList<>(keys(report, Kind.DIGEST_MISSING));
        named.addAll(keys(report, Kind.DIGEST_GAP));
        assertThat(named).containsExactlyInAnyOrderElementsOf(victims);
    }

    @Test
    void adjacentDigestsAndTheirLogs_deleted() {
        List<String> victims = digests().subList(3, 15);
        List<String> victimLogs = logs().stream()
                .filter(key ->
                        victims.stream().anyMatch(digest -> content(digest).contains(key)))
                .toList();
        victims.forEach(objects::remove);
        victimLogs.forEach(objects::remove);
        assertThat(verify().findings()).hasSize(12);
    }

    @Test
    void newestSixHours_deleted() {
        List<String> gone = digests().subList(digests().size() - 6, digests().size());
        gone.forEach(objects::remove);
        String first = gone.getFirst();
        Report report = verify();
        assertThat(keys(report, Kind.DIGESTS_END_EARLY)).containsExactly(first);
    }

    @Test
    void oldestHalf_deleted() {
        List<String> victims = digests().subList(0, 9);
        victims.forEach(objects::remove);
        assertThat(kinds(verify())).contains(Kind.DIGEST_MISSING, Kind.CHAIN_BROKEN);
    }

    @Test
    void everything_deleted() {
        objects.clear();
        assertThat(kinds(verify())).containsExactly(Kind.NO_DIGESTS);
    }

    @Test
    void anotherTrailThatMustBeThere_isMissed() {
        assertThat(kinds(verify("arn:aws:cloudtrail:eu-west-1:111122223333:trail/other")))
                .containsExactly(Kind.NO_DIGESTS);
    }

    @Test
    void digest_altered() {
        String victim = digests().get(5);
        replace(victim, gzip(content(victim).replaceFirst("\"hashValue\":\"..", "\"hashValue\":\"00")));
        Report report = verify();
        assertThat(keys(report, Kind.DIGEST_ALTERED)).containsExactly(victim);
    }

    @Test
    void digest_movedToAnotherTime() {
        List<String> all = digests();
        objects.put(all.get(8), objects.get(all.get(7)));
        assertThat(keys(verify(), Kind.DIGEST_MOVED)).containsExactly(all.get(8));
    }

    @Test
    void digest_withAForeignSignature() {
        List<String> all = digests();
        String newest = all.getLast();
        Optional<String> other = objects.get(all.get(2)).signature();
        objects.computeIfPresent(newest, (_, there) -> new TrailSource.Stored(there.body(), other));
        assertThat(keys(verify(), Kind.DIGEST_ALTERED)).containsExactly(newest);
    }

    @Test
    void digest_ofAnUnknownKey() throws IOException {
        Report report = new TrailVerifier(
                        new MapSource(objects),
                        new PublicKeys(),
                        new Plan("", ROOM.now, Duration.ofMinutes(1), Set.of(), 2))
                .verify();
        assertThat(keys(report, Kind.DIGEST_ALTERED)).containsExactlyElementsOf(digests());
    }

    @Test
    void strangeObject_isSaid() {
        String strange = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/03/04/notes.txt";
        objects.put(strange, new TrailSource.Stored(Bytes.utf8("x"), Optional.empty()));
        assertThat(keys(verify(), Kind.STRANGE)).containsExactly(strange);
    }

    @Test
    void copyInAFolder_isCheckedOffline_alsoWithoutItsSignatures(@TempDir Path folder) throws IOException {
        Copy.all(new MapSource(objects), "", folder, 2);
        assertThat(verify(new FolderSource(folder)).findings()).isEmpty();
        objects.replaceAll((_, there) -> new TrailSource.Stored(there.body(), Optional.empty()));
        Path bare = folder.resolve("bare");
        Copy.all(new MapSource(objects), "", bare, 2);
        // All but the newest one's signatures stand in the digests after them.
        assertThat(keys(verify(new FolderSource(bare)), Kind.DIGEST_UNPROVEN))
                .containsExactly(digests().getLast());
    }

    @Test
    void folder_isNotLeftByAKey(@TempDir Path folder) throws IOException {
        assertThat(new FolderSource(folder.resolve("in")).read("../../etc/passwd"))
                .isEmpty();
    }

    /** Stopping is a rightful end, and starting again a rightful beginning. */
    @Test
    void stoppedAndStartedAgain_isSound_butNotWhenTheStopIsGone() {
        AuditRoom room = new AuditRoom();
        room.call(
                CreateTrailRequest.builder()
                        .name("checked")
                        .s3BucketName("bucket")
                        .enableLogFileValidation(true)
                        .build(),
                CreateTrailResponse.class);
        PublicKeys keys = new PublicKeys();
        for (int round = 0; round < 2; round++) {
            room.call(StartLoggingRequest.builder().name("checked").build(), StartLoggingResponse.class);
            for (int hour = 0; hour < 3; hour++) {
                room.kms("Encrypt", true, "k");
                room.deliver(70);
                room.now = room.now.plusSeconds(3600);
                room.audit.digests().step(room.now);
            }
            room.call(StopLoggingRequest.builder().name("checked").build(), StopLoggingResponse.class);
            room.deliver(70);
            room.audit.digests().step(room.now);
            room.now = room.now.plusSeconds(7200);
            room.audit.digests().step(room.now);
        }
        StringBuilder answer = new StringBuilder("{\"PublicKeyList\":[");
        room.call(ListPublicKeysRequest.builder().build(), ListPublicKeysResponse.class)
                .publicKeyList()
                .orElseThrow()
                .forEach(key -> answer.append("{\"Value\":\"")
                        .append(Base64.getEncoder()
                                .encodeToString(key.value().orElseThrow().unsafeArray()))
                        .append("\"}"));
        keys.add(answer.append("]}").toString());
        TreeMap<String, TrailSource.Stored> there = new TreeMap<>();
        room.store.objects.forEach((key, object) -> there.put(
                key.substring("bucket/".length()),
                new TrailSource.Stored(
                        object.body(), Optional.ofNullable(object.metadata().get("signature")))));
        Plan plan = new Plan("", room.now.plusSeconds(86_400), Duration.ofMinutes(1), Set.of(), 2);
        try {
            assertThat(new TrailVerifier(new MapSource(there), keys, plan)
                            .verify()
                            .findings())
                    .isEmpty();
            String lastDigest = there.keySet().stream()
                    .filter(key -> key.contains("CloudTrail-Digest"))
                    .reduce((_, last) -> last)
                    .orElseThrow();
            there.remove(lastDigest);
            assertThat(kinds(new TrailVerifier(new MapSource(there), keys, plan).verify()))
                    .contains(Kind.DIGESTS_END_EARLY);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
