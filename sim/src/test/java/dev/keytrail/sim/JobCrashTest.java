package dev.keytrail.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Ledger;
import dev.keytrail.call.Table;
import dev.keytrail.server.House;
import dev.keytrail.sim.Requests.Signature;
import dev.keytrail.sim.SimDisk.Unsynced;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.StreamSupport;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The key service's own jobs over a month of virtual time, in which the power goes at each of the commits that the jobs and
 * the clock make: in the middle of the write, before the sync, in the middle of what the sync had to do, and when all of it
 * was durable but nobody had been told. The next life goes on from the bytes that are left, and must come to what a life
 * without any fault comes to: each effect once, with one event, nothing by halves.
 */
class JobCrashTest {
    private static final String HERE = Requests.REGION;
    private static final String THERE = "eu-west-1";

    /** Long enough for keys that rotate every ninety days to do so in the month that follows. */
    private static final Duration BEFORE = Duration.ofDays(70);

    private static final Duration MONTH = Duration.ofDays(30);

    private static final Duration PATIENT = Duration.ofSeconds(2);
    private static final long LOOK_NANOS = 200_000;

    /** Runs of all steps after which nothing more may happen. */
    private static final int RUNS_MAX = 100;

    @TempDir
    private Path folder;

    private Site site;
    private Requests requests;
    private Login admin;

    /** What is there when the month begins. */
    private SimDisk begun;

    private long recordsBegun;

    private String doomed = "";
    private String doomedWithGrants = "";
    private String rotating = "";
    private String primary = "";
    private String waiting = "";
    private String imported = "";
    private String importedTwice = "";

    private final Map<String, String> ciphertexts = new LinkedHashMap<>();

    /** Where the power goes. */
    private record Cut(int diskSteps, Unsynced unsynced) {}

    private static final Cut TORN_WRITE = new Cut(0, Unsynced.KEPT);
    private static final Cut NOT_SYNCED = new Cut(1, Unsynced.LOST);
    private static final Cut HALF_SYNCED = new Cut(1, Unsynced.HALF);
    private static final Cut SYNCED = new Cut(1, Unsynced.KEPT);

    /** What somebody can see when all is over. */
    private record End(List<String> events, Map<String, Object> keys, Map<String, Long> rows) {}

    @BeforeAll
    static void quiet() {
        Simulate.quiet();
    }

    @BeforeEach
    void begin() throws Exception {
        Scenario scenario = new Scenario(7, Scenario.StoreKind.EMBEDDED, 0, false, Scenario.Defect.NONE);
        site = new Site(scenario, folder, true);
        site.commitTimeout(PATIENT);
        admin = site.start();
        requests = new Requests(site.clock);
        prepare();
        recordsBegun = site.truth().end();
        site.stop();
        begun = site.disk;
    }

    @AfterEach
    void end() {
        site.close();
    }

    private void prepare() throws GeneralSecurityException {
        rotating = create("{}");
        kms("EnableKeyRotation", Map.of("KeyId", rotating, "RotationPeriodInDays", 90));
        primary = create("{\"MultiRegion\":true}");
        kms("ReplicateKey", Map.of("KeyId", primary, "ReplicaRegion", THERE));
        kms("EnableKeyRotation", Map.of("KeyId", primary, "RotationPeriodInDays", 91));
        advance(BEFORE);
        finish();

        Instant now = site.clock.instant().plus(BEFORE);
        doomed = create("{}");
        kms("CreateAlias", Map.of("AliasName", "alias/doomed", "TargetKeyId", doomed));
        doomedWithGrants = create("{}");
        for (int i = 0; i < 3; i++) {
            kms(
                    "CreateGrant",
                    Map.of(
                            "KeyId",
                            doomedWithGrants,
                            "GranteePrincipal",
                            "arn:aws:iam::" + admin.account() + ":root",
                            "Operations",
                            List.of("Decrypt")));
        }
        kms("ScheduleKeyDeletion", Map.of("KeyId", doomed, "PendingWindowInDays", 7));
        kms("ScheduleKeyDeletion", Map.of("KeyId", doomedWithGrants, "PendingWindowInDays", 8));
        waiting = create("{\"MultiRegion\":true}");
        kms("ReplicateKey", Map.of("KeyId", waiting, "ReplicaRegion", THERE));
        kms("ScheduleKeyDeletion", Map.of("KeyId", waiting, "PendingWindowInDays", 9));
        call(THERE, "ScheduleKeyDeletion", Map.of("KeyId", there(waiting), "PendingWindowInDays", 7));
        imported = create("{\"Origin\":\"EXTERNAL\"}");
        importMaterial(imported, 1, "NEW_KEY_MATERIAL", now.plus(Duration.ofDays(12)));
        importedTwice = create("{\"Origin\":\"EXTERNAL\"}");
        importMaterial(importedTwice, 2, "NEW_KEY_MATERIAL", now.plus(Duration.ofDays(25)));
        importMaterial(importedTwice, 3, "NEW_KEY_MATERIAL", now.plus(Duration.ofDays(13)));
        for (String key : List.of(rotating, primary)) {
            Map<String, Object> sealed = kms("Encrypt", Map.of("KeyId", key, "Plaintext", "cGxhaW4="));
            ciphertexts.put(key, Json.text(sealed, "CiphertextBlob"));
        }
        advance(MONTH);
    }

    private String create(String input) {
        return Json.text(kms("CreateKey", Json.object(input.getBytes(StandardCharsets.UTF_8))), "KeyMetadata", "Arn");
    }

    private static String there(String arn) {
        return arn.replace(HERE, THERE);
    }

    private void importMaterial(String key, int fill, String type, Instant validTo) throws GeneralSecurityException {
        Map<String, Object> parameters = kms(
                "GetParametersForImport",
                Map.of("KeyId", key, "WrappingAlgorithm", "RSAES_OAEP_SHA_256", "WrappingKeySpec", "RSA_2048"));
        byte[] material = new byte[32];
        Arrays.fill(material, (byte) fill);
        Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
        oaep.init(
                Cipher.ENCRYPT_MODE,
                KeyFactory.getInstance("RSA")
                        .generatePublic(
                                new X509EncodedKeySpec(Base64.getDecoder().decode(Json.text(parameters, "PublicKey")))),
                new OAEPParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
        kms(
                "ImportKeyMaterial",
                Map.of(
                        "KeyId", key,
                        "ImportToken", Json.text(parameters, "ImportToken"),
                        "EncryptedKeyMaterial", Base64.getEncoder().encodeToString(oaep.doFinal(material)),
                        "ImportType", type,
                        "ValidTo", validTo.getEpochSecond()));
    }

    private void advance(Duration time) {
        Map<String, Object> told = answer(
                        HERE, "keytrail", "Keytrail.AdvanceClock", Map.of("Seconds", time.toSeconds()))
                .json();
        assertThat(told).containsKey("Target");
    }

    private Map<String, Object> kms(String operation, Map<String, Object> input) {
        return call(HERE, operation, input);
    }

    private Map<String, Object> call(String region, String operation, Map<String, Object> input) {
        Answer answer = answer(region, "kms", "TrentService." + operation, input);
        assertThat(answer.code()).as(operation + " " + input).isEmpty();
        return answer.json();
    }

    private Answer answer(String region, String service, String target, Map<String, Object> input) {
        return Answer.of(site.house()
                .answer(requests.json(admin, service, region, target, Json.bytes(input), Signature.GOOD, "test")));
    }

    @Test
    void month_powerGoesAtAnyCommit_eachEffectOnceWithItsEvent() throws Exception {
        again();
        finish();
        List<Integer> commits = site.ledger().sizes();
        End expected = look();
        site.stop();
        assertThat(expected.events().stream()
                        .map(event -> event.substring(0, event.lastIndexOf(' ')))
                        .toList())
                .as("what is due in the month, so that the rest is not about nothing")
                .containsExactlyInAnyOrderElementsOf(due());

        int cuts = 0;
        for (int commit = 0; commit < commits.size(); commit++) {
            for (Cut cut : cuts(commits.get(commit) > 0, commit)) {
                String what = "commit " + commit + " of " + commits.size() + ", " + cut;
                again();
                assertThat(diesAt(commit, cut)).as(what).isTrue();
                site.kill(cut.unsynced());
                site.start();
                site.awaitRecovery();
                wholeOrNotAtAll(what);
                finish();
                assertThat(look()).as(what).isEqualTo(expected);
                site.stop();
                cuts++;
            }
        }
        assertThat(cuts).isGreaterThan(commits.size());
    }

    /** A commit that only moves the clock is cut in one of two ways, one that tells of something in all of them. */
    private static List<Cut> cuts(boolean recorded, int commit) {
        if (recorded) {
            return List.of(TORN_WRITE, NOT_SYNCED, HALF_SYNCED, SYNCED);
        }
        return List.of(commit % 2 == 0 ? NOT_SYNCED : SYNCED);
    }

    private List<String> due() {
        List<String> due = new ArrayList<>();
        for (String key : List.of(doomed, doomedWithGrants, waiting, there(waiting))) {
            due.add("DeleteKey " + key);
        }
        for (String key : List.of(rotating, primary)) {
            due.add("RotateKey " + key);
        }
        due.add("SynchronizeMultiRegionKey " + there(primary));
        for (String key : List.of(imported, importedTwice, importedTwice)) {
            due.add("DeleteExpiredKeyMaterial " + key);
        }
        return due;
    }

    /** The house on what was there when the month began. */
    private void again() throws IOException {
        site.disk = begun.afterCut(Unsynced.LOST);
        site.start();
        site.awaitRecovery();
    }

    private boolean diesAt(int commit, Cut cut) throws InterruptedException {
        site.ledger().before(commit, () -> site.disk.cutAfter(cut.diskSteps()));
        // Nobody waits for a disk that is off until the commit's time is over.
        AtomicBoolean over = new AtomicBoolean();
        Thread undertaker = Thread.ofPlatform().daemon().start(() -> {
            while (!site.isDown() && !over.get()) {
                LockSupport.parkNanos(LOOK_NANOS);
            }
            if (site.isDown()) {
                site.close();
            }
        });
        for (int i = 0; i < RUNS_MAX && !site.isDown(); i++) {
            run();
        }
        boolean died = site.isDown();
        over.set(true);
        undertaker.join();
        return died;
    }

    /** Until the clock is where it is wanted and nothing is due. */
    private void finish() {
        long before;
        do {
            before = site.truth().end();
            run();
        } while (site.truth().end() != before);
    }

    private void run() {
        for (House.Step step : site.house().steps()) {
            if (step.name().equals("virtual clock") || step.name().startsWith("kms ")) {
                try {
                    Duration _ = step.run().get();
                } catch (Ledger.LedgerUnavailable _) {
                    // The power is off, or the machine is slow.
                }
            }
        }
    }

    /** As found after a crash, before anything has gone on: an effect is there exactly when its event is. */
    private void wholeOrNotAtAll(String what) {
        List<String> events = events();
        for (String key : List.of(doomed, doomedWithGrants, waiting, there(waiting))) {
            assertThat(state(key).equals("NotFoundException"))
                    .as(what + ": " + key)
                    .isEqualTo(events.contains("DeleteKey " + key));
        }
        for (String key : List.of(rotating, primary)) {
            assertThat(rotations(key).size() == 1).as(what + ": " + key).isEqualTo(events.contains("RotateKey " + key));
        }
        assertThat(rotations(there(primary))).as(what).isEqualTo(rotations(primary));
        assertThat(events.contains("SynchronizeMultiRegionKey " + there(primary)))
                .as(what)
                .isEqualTo(events.contains("RotateKey " + primary));
        assertThat(state(imported).equals("PendingImport"))
                .as(what)
                .isEqualTo(events.contains("DeleteExpiredKeyMaterial " + imported));
        long gone = events.stream()
                .filter(("DeleteExpiredKeyMaterial " + importedTwice)::equals)
                .count();
        assertThat(importedLeft(importedTwice)).as(what).isEqualTo(2 - gone);
        assertThat(events).as(what).isSubsetOf(due());
    }

    private End look() {
        Map<String, Object> keys = new TreeMap<>();
        for (String key : List.of(
                doomed,
                doomedWithGrants,
                rotating,
                primary,
                there(primary),
                waiting,
                there(waiting),
                imported,
                importedTwice)) {
            keys.put(key, state(key));
        }
        keys.put("alias", state(doomed.replaceAll("key/.*", "alias/doomed")));
        for (String key : List.of(rotating, primary)) {
            keys.put("rotations of " + key, rotations(key).size());
            Map<String, Object> opened = kms("Decrypt", Map.of("CiphertextBlob", ciphertexts.get(key)));
            keys.put("opened by " + key, Json.text(opened, "Plaintext"));
        }
        assertThat(rotations(there(primary))).isEqualTo(rotations(primary));
        keys.put("left of " + importedTwice, importedLeft(importedTwice));
        Map<String, Long> rows = new TreeMap<>();
        for (Table<?> table : House.tables()) {
            rows.put(table.name(), rows(table));
        }
        List<String> events = told().stream()
                .map(event -> named(event) + " " + event.text("eventTime"))
                .sorted()
                .toList();
        return new End(events, keys, rows);
    }

    private <T> long rows(Table<T> table) {
        return StreamSupport.stream(site.truth().read().scan(table, "", "").spliterator(), false)
                .count();
    }

    private String state(String arn) {
        Answer answer = answer(region(arn), "kms", "TrentService.DescribeKey", Map.of("KeyId", arn));
        return answer.code().orElseGet(() -> Json.text(answer.json(), "KeyMetadata", "KeyState"));
    }

    private static String region(String arn) {
        return arn.split(":", -1)[3];
    }

    /** Material ids, oldest first. */
    private List<String> rotations(String key) {
        return Json.list(call(region(key), "ListKeyRotations", Map.of("KeyId", key)), "Rotations").stream()
                .map(rotation -> Json.text(rotation, "KeyMaterialId"))
                .toList();
    }

    private long importedLeft(String key) {
        Map<String, Object> input = new HashMap<>(Map.of("KeyId", key, "IncludeKeyMaterial", "ALL_KEY_MATERIAL"));
        return Json.list(kms("ListKeyRotations", input), "Rotations").stream()
                .filter(material -> Json.text(material, "ImportState").equals("IMPORTED"))
                .count();
    }

    private List<String> events() {
        return told().stream().map(JobCrashTest::named).toList();
    }

    private static String named(Entry event) {
        return event.record().eventName() + " "
                + Json.text(Json.list(event.json(), "resources").getFirst(), "ARN");
    }

    /** What the service has told of itself since the month began. */
    private List<Entry> told() {
        List<Entry> found = new ArrayList<>();
        try (Ledger.Cursor cursor = site.truth().records(recordsBegun)) {
            while (cursor.next()) {
                Entry entry = Entry.of(cursor.index(), cursor.record());
                if (entry.text("eventType").equals("AwsServiceEvent")) {
                    found.add(entry);
                }
            }
        }
        return found;
    }
}
