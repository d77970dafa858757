package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DecryptResponse;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;
import dev.keytrail.wire.shape.kms.DisableKeyRotationRequest;
import dev.keytrail.wire.shape.kms.EnableKeyRotationRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.GetKeyRotationStatusRequest;
import dev.keytrail.wire.shape.kms.GetKeyRotationStatusResponse;
import dev.keytrail.wire.shape.kms.IncludeKeyMaterial;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.ListKeyRotationsRequest;
import dev.keytrail.wire.shape.kms.ListKeyRotationsResponse;
import dev.keytrail.wire.shape.kms.RotateKeyOnDemandRequest;
import dev.keytrail.wire.shape.kms.RotationType;
import dev.keytrail.wire.shape.kms.RotationsListEntry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** kms.md section 9. */
class RotationTest {
    private final World world = new World();
    private final Key key = world.newKey();

    private Answer<?> enable(int days) {
        return world.alice(
                "EnableKeyRotation",
                EnableKeyRotationRequest.builder()
                        .keyId(key.id())
                        .rotationPeriodInDays(days)
                        .build());
    }

    private Answer<?> disable() {
        return world.alice(
                "DisableKeyRotation",
                DisableKeyRotationRequest.builder().keyId(key.id()).build());
    }

    private Answer<?> onDemand() {
        return world.alice(
                "RotateKeyOnDemand",
                RotateKeyOnDemandRequest.builder().keyId(key.id()).build());
    }

    private GetKeyRotationStatusResponse status() {
        return world.<GetKeyRotationStatusRequest, GetKeyRotationStatusResponse>alice(
                        "GetKeyRotationStatus",
                        GetKeyRotationStatusRequest.builder().keyId(key.id()).build())
                .reply();
    }

    private List<RotationsListEntry> listed(IncludeKeyMaterial include) {
        return world.<ListKeyRotationsRequest, ListKeyRotationsResponse>alice(
                        "ListKeyRotations",
                        ListKeyRotationsRequest.builder()
                                .keyId(key.id())
                                .includeKeyMaterial(include)
                                .build())
                .reply()
                .rotations()
                .orElseThrow();
    }

    private String current() {
        return world.<DescribeKeyRequest, DescribeKeyResponse>alice("DescribeKey", Requests.describe(key.id()))
                .reply()
                .keyMetadata()
                .orElseThrow()
                .currentKeyMaterialId()
                .orElseThrow();
    }

    private Bytes encrypted() {
        return world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
    }

    private String opened(Bytes blob) {
        DecryptResponse answer = world.<DecryptRequest, DecryptResponse>alice("Decrypt", Requests.decrypt(blob))
                .reply();
        assertThat(Requests.text(answer.plaintext().orElseThrow())).isEqualTo("attack at dawn");
        return answer.keyMaterialId().orElseThrow();
    }

    private void days(long days) {
        world.clock.advance(Duration.ofDays(days));
        world.runJobs();
    }

    @Test
    void status_showsPeriodAndDateOnlyWhileEnabled() {
        assertThat(status().keyRotationEnabled()).contains(false);
        assertThat(status().nextRotationDate()).isEmpty();
        assertThat(status().keyId()).contains(key.arn());
        Instant start = world.clock.instant();
        enable(90);
        assertThat(status().keyRotationEnabled()).contains(true);
        assertThat(status().rotationPeriodInDays()).contains(90);
        assertThat(status().nextRotationDate()).contains(start.plus(Duration.ofDays(90)));
        // Another period counts from the same day.
        days(10);
        enable(200);
        assertThat(status().nextRotationDate()).contains(start.plus(Duration.ofDays(200)));
        disable();
        disable();
        assertThat(status().keyRotationEnabled()).contains(false);
        assertThat(status().rotationPeriodInDays()).isEmpty();
        assertThat(world.ledger.read().scan(Due.ROTATIONS, "", "")).isEmpty();
        days(400);
        assertThat(world.serviceEvents).isEmpty();
    }

    @Test
    void automatic_everyPeriod_leavesOldMaterialForDecryption() {
        enable(90);
        List<Bytes> blobs = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            blobs.add(encrypted());
            ids.add(current());
            days(89);
            assertThat(current()).isEqualTo(ids.getLast());
            days(1);
            assertThat(world.serviceEvents).hasSize(i + 1);
        }
        assertThat(ids).doesNotHaveDuplicates().doesNotContain(current());
        for (int i = 0; i < 5; i++) {
            assertThat(opened(blobs.get(i))).isEqualTo(ids.get(i));
        }
        assertThat(listed(IncludeKeyMaterial.ROTATIONS_ONLY)).hasSize(5).allSatisfy(entry -> {
            assertThat(entry.rotationType()).contains(RotationType.AUTOMATIC);
            assertThat(entry.importState()).isEmpty();
            assertThat(entry.expirationModel()).isEmpty();
        });
        List<RotationsListEntry> all = listed(IncludeKeyMaterial.ALL_KEY_MATERIAL);
        assertThat(all).hasSize(6);
        assertThat(all.getFirst().rotationDate()).isEmpty();
        assertThat(all)
                .extracting(e -> e.keyMaterialState().orElseThrow().value())
                .containsExactly("NON_CURRENT", "NON_CURRENT", "NON_CURRENT", "NON_CURRENT", "NON_CURRENT", "CURRENT");
    }

    @Test
    void freshKey_listsNothing() {
        assertThat(listed(IncludeKeyMaterial.ROTATIONS_ONLY)).isEmpty();
        assertThat(listed(IncludeKeyMaterial.ALL_KEY_MATERIAL)).hasSize(1);
    }

    @Test
    void onDemand_atOnce_leavesTheScheduleAlone() {
        enable(90);
        Optional<Instant> next = status().nextRotationDate();
        String before = current();
        Answer<?> answer = onDemand();
        assertThat(answer.code()).isEqualTo("ok");
        assertThat(answer.effect().orElseThrow().further())
                .singleElement()
                .extracting(ServiceEvent::name)
                .isEqualTo("RotateKey");
        assertThat(current()).isNotEqualTo(before);
        assertThat(status().nextRotationDate()).isEqualTo(next);
        assertThat(status().onDemandRotationStartDate()).isEmpty();
        assertThat(listed(IncludeKeyMaterial.ROTATIONS_ONLY)).singleElement().satisfies(entry -> {
            assertThat(entry.rotationType()).contains(RotationType.ON_DEMAND);
            assertThat(entry.rotationDate()).contains(world.clock.instant());
            assertThat(entry.keyMaterialId()).contains(current());
        });
        world.clock.advance(Duration.ofDays(90).minusMinutes(5));
        assertThat(onDemand().code()).isEqualTo("ConflictException");
    }

    @Test
    void onDemand_twentyFiveTimesAKey() {
        for (int i = 0; i < 25; i++) {
            assertThat(onDemand().code()).isEqualTo("ok");
        }
        assertThat(onDemand().message())
                .isEqualTo("The on-demand rotations limit has been reached for the given keyId. No more on-demand"
                        + " rotations can be performed for this key: " + key.arn());
        assertThat(onDemand().code()).isEqualTo("LimitExceededException");
    }

    @Test
    void disabledKey_rotatesWhenItIsEnabledAgain_ifLate() {
        enable(90);
        world.alice("DisableKey", Requests.disable(key.id()));
        assertThat(status().keyRotationEnabled()).contains(true);
        days(91);
        assertThat(world.serviceEvents).isEmpty();
        world.alice("EnableKey", Requests.enable(key.id()));
        world.runJobs();
        assertThat(world.serviceEvents).hasSize(1);
        assertThat(status().nextRotationDate()).contains(world.clock.instant().plus(Duration.ofDays(90)));
        // In time: it keeps its schedule.
        world.alice("DisableKey", Requests.disable(key.id()));
        days(80);
        world.alice("EnableKey", Requests.enable(key.id()));
        days(9);
        assertThat(world.serviceEvents).hasSize(1);
        days(1);
        assertThat(world.serviceEvents).hasSize(2);
    }

    @Test
    void pendingDeletion_saysFalse_andTheSettingReturns() {
        enable(90);
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        assertThat(status().keyRotationEnabled()).contains(false);
        world.alice("CancelKeyDeletion", Requests.cancel(key.id()));
        assertThat(status().rotationPeriodInDays()).contains(90);
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        days(400);
        assertThat(world.ledger.read().scan(RotationPlan.TABLE, "", "")).isEmpty();
        assertThat(world.ledger.read().scan(Due.ROTATIONS, "", "")).isEmpty();
        assertThat(world.serviceEvents)
                .singleElement()
                .extracting(ServiceEvent::name)
                .isEqualTo("DeleteKey");
    }

    @Test
    void otherKinds_areUnsupported_withoutMessage_butTheirStateComesFirst() {
        Key signing = world.newKey(CreateKeyRequest.builder()
                .keySpec(KeySpec.ECC_NIST_P256)
                .keyUsage(KeyUsageType.SIGN_VERIFY)
                .build());
        RotateKeyOnDemandRequest request =
                RotateKeyOnDemandRequest.builder().keyId(signing.id()).build();
        Answer<?> answer = world.alice("RotateKeyOnDemand", request);
        assertThat(answer.code()).isEqualTo("UnsupportedOperationException");
        assertThat(answer.message()).isEqualTo("(none)");
        world.alice("DisableKey", Requests.disable(signing.id()));
        assertThat(world.alice("RotateKeyOnDemand", request).code()).isEqualTo("DisabledException");
        assertThat(world.alice(
                                "GetKeyRotationStatus",
                                GetKeyRotationStatusRequest.builder()
                                        .keyId(signing.id())
                                        .build())
                        .code())
                .as("false, which is no error")
                .isEqualTo("ok");
    }

    @Test
    void list_pages() {
        for (int i = 0; i < 5; i++) {
            onDemand();
        }
        List<String> seen = new ArrayList<>();
        Optional<String> marker = Optional.empty();
        do {
            ListKeyRotationsResponse page = world.<ListKeyRotationsRequest, ListKeyRotationsResponse>alice(
                            "ListKeyRotations",
                            ListKeyRotationsRequest.builder()
                                    .keyId(key.id())
                                    .limit(2)
                                    .marker(marker)
                                    .build())
                    .reply();
            page.rotations()
                    .orElseThrow()
                    .forEach(e -> seen.add(e.keyMaterialId().orElseThrow()));
            marker = page.nextMarker();
        } while (marker.isPresent());
        assertThat(seen)
                .isEqualTo(world.key(key.id()).materials().stream()
                        .skip(1)
                        .map(Material::id)
                        .toList());
    }

    /** Whatever happens to a key, what it once encrypted it decrypts, under the material that its ciphertext names. */
    @Test
    void randomLife_everyCiphertextStaysOpenable() {
        long seed = 9_000_001L;
        Random random = new Random(seed);
        List<Bytes> blobs = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int step = 0; step < 200; step++) {
            switch (random.nextInt(6)) {
                case 0 -> {
                    // A shorter period may make it late at once.
                    enable(90 + random.nextInt(200));
                    world.runJobs();
                }
                case 1 -> disable();
                case 2 -> onDemand();
                case 3 -> days(random.nextInt(120));
                case 4 -> {
                    world.alice("DisableKey", Requests.disable(key.id()));
                    days(random.nextInt(100));
                    world.alice("EnableKey", Requests.enable(key.id()));
                    world.runJobs();
                }
                default -> {
                    blobs.add(encrypted());
                    ids.add(current());
                }
            }
            if (!blobs.isEmpty()) {
                int i = random.nextInt(blobs.size());
                assertThat(opened(blobs.get(i)))
                        .as("seed " + seed + " step " + step)
                        .isEqualTo(ids.get(i));
            }
            status().nextRotationDate()
                    .ifPresent(next -> assertThat(next).as("seed " + seed).isAfter(world.clock.instant()));
        }
    }
}
