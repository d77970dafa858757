package dev.keytrail.kms;

import static dev.keytrail.kms.World.ACCOUNT;
import static dev.keytrail.kms.World.ALICE;
import static dev.keytrail.kms.World.REGION;
import static dev.keytrail.kms.World.statement;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.FollowUp;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;
import dev.keytrail.wire.shape.kms.EnableKeyRotationRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.MultiRegionConfiguration;
import dev.keytrail.wire.shape.kms.MultiRegionKey;
import dev.keytrail.wire.shape.kms.MultiRegionKeyType;
import dev.keytrail.wire.shape.kms.ReplicateKeyRequest;
import dev.keytrail.wire.shape.kms.ReplicateKeyResponse;
import dev.keytrail.wire.shape.kms.RotateKeyOnDemandRequest;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionResponse;
import dev.keytrail.wire.shape.kms.UpdatePrimaryRegionRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** kms.md section 12. */
class MultiRegionTest {
    private static final String EAST = "us-east-1";

    private final World world = new World();
    private final Key primary = world.newKey(
            CreateKeyRequest.builder().multiRegion(true).description("mine").build());

    private Answer<ReplicateKeyResponse> replicate(String keyId, String region) {
        return world.alice(
                "ReplicateKey",
                ReplicateKeyRequest.builder().keyId(keyId).replicaRegion(region).build());
    }

    private KeyMetadata described(String region) {
        return world.<DescribeKeyRequest, DescribeKeyResponse>as(
                        ALICE, region, "DescribeKey", Requests.describe(primary.id()))
                .reply()
                .keyMetadata()
                .orElseThrow();
    }

    private Key at(String region) {
        return world.ledger
                .read()
                .get(Key.TABLE, Key.rowKey(ACCOUNT, region, primary.id()))
                .orElseThrow();
    }

    private Answer<ScheduleKeyDeletionResponse> schedule(String region) {
        return world.<ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse>as(
                ALICE, region, "ScheduleKeyDeletion", Requests.schedule(primary.id(), 7));
    }

    @Test
    void primary_hasItsConfiguration() {
        assertThat(primary.id()).matches("mrk-[0-9a-f]{32}");
        MultiRegionConfiguration set =
                described(REGION).multiRegionConfiguration().orElseThrow();
        assertThat(set.multiRegionKeyType()).contains(MultiRegionKeyType.PRIMARY);
        assertThat(set.primaryKey().flatMap(MultiRegionKey::arn)).contains(primary.arn());
        assertThat(set.replicaKeys()).contains(List.of());
    }

    @Test
    void replica_answersCreating_andOpensWhatItsPrimarySealed() {
        Answer<ReplicateKeyResponse> answer = replicate(primary.arn(), EAST);
        KeyMetadata made = answer.reply().replicaKeyMetadata().orElseThrow();
        assertThat(made.keyState()).contains(dev.keytrail.wire.shape.kms.KeyState.Creating);
        assertThat(made.enabled()).contains(false);
        assertThat(made.currentKeyMaterialId()).isEmpty();
        assertThat(made.description()).contains("");
        assertThat(made.keyId()).contains(primary.id());
        assertThat(answer.reply().replicaPolicy().orElseThrow()).contains("Enable IAM User Permissions");
        assertThat(answer.effect().orElseThrow().followUps()).singleElement().satisfies(followUp -> {
            assertThat(followUp.operation()).isEqualTo("CreateKey");
            assertThat(followUp.region()).isEqualTo(EAST);
            assertThat(followUp.resources().getFirst().arn()).isEqualTo(at(EAST).arn());
        });
        assertThat(answer.effect().orElseThrow().further())
                .extracting(ServiceEvent::name, ServiceEvent::region)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("SynchronizeMultiRegionKey", EAST));

        assertThat(described(EAST).keyState()).contains(dev.keytrail.wire.shape.kms.KeyState.Enabled);
        assertThat(described(EAST).currentKeyMaterialId())
                .isEqualTo(described(REGION).currentKeyMaterialId());
        assertThat(described(EAST).multiRegionConfiguration().orElseThrow().multiRegionKeyType())
                .contains(MultiRegionKeyType.REPLICA);
        var blob = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(primary.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        assertThat(world.<DecryptRequest, Object>as(ALICE, EAST, "Decrypt", Requests.decrypt(blob))
                        .code())
                .isEqualTo("ok");
        assertThat(replicate(primary.id(), EAST).code()).isEqualTo("AlreadyExistsException");
        assertThat(replicate(primary.id(), REGION).code()).isEqualTo("AlreadyExistsException");
        Key single = world.newKey();
        assertThat(replicate(single.id(), EAST).message())
                .isEqualTo(single.arn() + " is not a multi-region primary key.");
    }

    @Test
    void replicate_needsCreateKeyThere() {
        world.identity(
                ALICE,
                statement("Allow", "\"kms:ReplicateKey\"", "*", ""),
                statement(
                        "Allow",
                        "\"kms:CreateKey\"",
                        "*",
                        "{\"StringEquals\":{\"aws:RequestedRegion\":\"eu-west-1\"}}"));
        assertThat(replicate(primary.id(), EAST).message()).contains("perform: kms:CreateKey");
        assertThat(replicate(primary.id(), "eu-west-1").code()).isEqualTo("ok");
    }

    @Test
    void rotation_reachesEveryRegion_andReplicasCannotRotate() {
        replicate(primary.id(), EAST);
        RotateKeyOnDemandRequest rotate =
                RotateKeyOnDemandRequest.builder().keyId(primary.id()).build();
        EnableKeyRotationRequest enable = EnableKeyRotationRequest.builder()
                .keyId(primary.id())
                .rotationPeriodInDays(90)
                .build();
        assertThat(world.as(ALICE, EAST, "RotateKeyOnDemand", rotate).code())
                .isEqualTo("UnsupportedOperationException");
        assertThat(world.as(ALICE, EAST, "EnableKeyRotation", enable).code())
                .isEqualTo("UnsupportedOperationException");
        assertThat(world.alice("RotateKeyOnDemand", rotate).code()).isEqualTo("ok");
        assertThat(world.alice("EnableKeyRotation", enable).code()).isEqualTo("ok");
        world.clock.advance(Duration.ofDays(90));
        world.runJobs();
        assertThat(world.serviceEvents)
                .extracting(ServiceEvent::name)
                .containsExactly("RotateKey", "SynchronizeMultiRegionKey");
        assertThat(at(EAST).materials()).hasSize(3);
        assertThat(at(EAST).materials().stream().map(Material::id).toList())
                .isEqualTo(at(REGION).materials().stream().map(Material::id).toList());
    }

    @Test
    void updatePrimaryRegion_changesPlacesAndTakesThePlanAlong() {
        replicate(primary.id(), EAST);
        world.alice(
                "EnableKeyRotation",
                EnableKeyRotationRequest.builder()
                        .keyId(primary.id())
                        .rotationPeriodInDays(90)
                        .build());
        UpdatePrimaryRegionRequest move = UpdatePrimaryRegionRequest.builder()
                .keyId(primary.id())
                .primaryRegion(EAST)
                .build();
        Answer<NoOutput> answer = world.alice("UpdatePrimaryRegion", move);
        assertThat(answer.code()).isEqualTo("ok");
        FollowUp there = answer.effect().orElseThrow().followUps().getFirst();
        assertThat(there.region()).isEqualTo(EAST);
        assertThat(there.resources()).isEmpty();
        assertThat(there.requestParameters().orElseThrow().get("keyId")).contains(at(EAST).arn());
        assertThat(described(EAST).multiRegionConfiguration().orElseThrow().multiRegionKeyType())
                .contains(MultiRegionKeyType.PRIMARY);
        assertThat(world.alice("UpdatePrimaryRegion", move).code()).isEqualTo("UnsupportedOperationException");
        world.clock.advance(Duration.ofDays(90));
        world.runJobs();
        assertThat(world.serviceEvents.getFirst().region()).isEqualTo(EAST);
        assertThat(at(REGION).materials()).hasSize(2);
    }

    @Test
    void deletion_ofAPrimary_waitsForItsReplicas() {
        replicate(primary.id(), EAST);
        Answer<ScheduleKeyDeletionResponse> answer = schedule(REGION);
        assertThat(answer.reply().deletionDate()).isEmpty();
        assertThat(answer.reply().keyState()).contains(dev.keytrail.wire.shape.kms.KeyState.PendingReplicaDeletion);
        assertThat(answer.effect()
                        .orElseThrow()
                        .responseElements()
                        .orElseThrow()
                        .get("deletionDate"))
                .isEqualTo(Optional.empty());
        assertThat(described(REGION).pendingDeletionWindowInDays()).contains(7);
        world.clock.advance(Duration.ofDays(40));
        world.runJobs();
        assertThat(at(REGION).state()).isEqualTo(KeyState.PENDING_REPLICA_DELETION);
        schedule(EAST);
        world.clock.advance(Duration.ofDays(7));
        world.runJobs();
        assertThat(at(REGION).state()).isEqualTo(KeyState.PENDING_DELETION);
        assertThat(at(REGION).deletionDate()).contains(world.clock.instant().plus(Duration.ofDays(7)));
        world.clock.advance(Duration.ofDays(7));
        world.runJobs();
        assertThat(world.ledger.read().scan(Key.TABLE, "", "")).isEmpty();
        assertThat(world.ledger.read().scan(RelatedKeys.TABLE, "", "")).isEmpty();
        assertThat(world.serviceEvents).extracting(ServiceEvent::region).containsExactly(EAST, REGION);
    }
}
