package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.store.ClusterSettings;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CreateKeyResponse;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.ListGrantsRequest;
import dev.keytrail.wire.shape.kms.ListGrantsResponse;
import dev.keytrail.wire.shape.kms.ReplicateKeyRequest;
import dev.keytrail.wire.shape.kms.ReplicateKeyResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ids of new keys by a tag, which is for development and off unless the operator says otherwise. */
class KeyIdsTest {
    private static final String ID = "00000000-0000-4000-8000-000000000001";
    private static final String MULTI_REGION_ID = "mrk-00000000000000000000000000000001";

    private final World world = new World(1, Quotas.DEFAULT, true, ClusterSettings.NONE);

    private static World.Answer<CreateKeyResponse> create(World in, Caller caller, String id, boolean multiRegion) {
        return in.as(
                caller,
                "CreateKey",
                CreateKeyRequest.builder()
                        .multiRegion(multiRegion)
                        .tags(Requests.tags("_custom_id_", id))
                        .build());
    }

    private World.Answer<CreateKeyResponse> create(String id) {
        return create(world, World.ALICE, id, false);
    }

    private static String idOf(World.Answer<CreateKeyResponse> made) {
        return made.reply().keyMetadata().orElseThrow().keyId().orElseThrow();
    }

    @Test
    void off_theTagIsATag() {
        World usual = new World(1);
        String first = idOf(create(usual, World.ALICE, ID, false));
        assertThat(first).isNotEqualTo(ID);
        assertThat(idOf(create(usual, World.ALICE, "anything", false))).isNotEqualTo(first);
    }

    @Test
    void on_keyHasTheIdAndTheTag_andOthersHaveOnesOfTheirOwn() {
        assertThat(idOf(create(ID))).isEqualTo(ID);
        assertThat(world.key(ID).tags().get("_custom_id_")).contains(ID);
        assertThat(world.newKey().id()).isNotEqualTo(ID);
        assertThat(create(ID).code()).isEqualTo("AlreadyExistsException");
        assertThat(idOf(create(world, World.MALLORY, ID, false)))
                .as("another account has keys of its own")
                .isEqualTo(ID);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "my-key",
                "00000000-0000-4000-8000-00000000000A",
                "00000000000040008000000000000001",
                "../../00000000-0000-4000-8000-000000",
                MULTI_REGION_ID
            })
    void on_whatIsNoKeyId_isRefused(String id) {
        assertThat(create(id).code()).isEqualTo("ValidationException");
    }

    @Test
    void on_multiRegionKeys_haveIdsOfTheirOwnForm_ofWhichThereIsOneInAllRegions() {
        assertThat(create(world, World.ALICE, ID, true).code()).isEqualTo("ValidationException");
        assertThat(idOf(create(world, World.ALICE, MULTI_REGION_ID, true))).isEqualTo(MULTI_REGION_ID);
        assertThat(create(world, World.ALICE, MULTI_REGION_ID, true).code()).isEqualTo("AlreadyExistsException");
        World.Answer<ReplicateKeyResponse> replica = world.alice(
                "ReplicateKey",
                ReplicateKeyRequest.builder()
                        .keyId(MULTI_REGION_ID)
                        .replicaRegion("eu-west-1")
                        .build());
        assertThat(replica.code()).isEqualTo("ok");
    }

    @Test
    void on_idOfADeletedKey_givesNothingOfWhatThatWas() {
        create(ID);
        World.Answer<EncryptResponse> sealed = world.alice("Encrypt", Requests.encrypt(ID));
        Bytes blob = sealed.reply().ciphertextBlob().orElseThrow();
        assertThat(world.alice("CreateGrant", Requests.grant(ID, World.MALLORY.arn(), GrantOperation.Decrypt))
                        .code())
                .isEqualTo("ok");
        world.alice("ScheduleKeyDeletion", Requests.schedule(ID, 7));
        assertThat(create(ID).code()).as("until it is gone").isEqualTo("AlreadyExistsException");
        world.clock.advance(Duration.ofDays(7));
        world.runJobs();

        assertThat(idOf(create(ID))).isEqualTo(ID);
        assertThat(world.alice("Decrypt", Requests.decrypt(blob)).code()).isEqualTo("InvalidCiphertextException");
        World.Answer<ListGrantsResponse> grants =
                world.alice("ListGrants", ListGrantsRequest.builder().keyId(ID).build());
        assertThat(grants.reply().grants())
                .hasValueSatisfying(found -> assertThat(found).isEmpty());
    }
}
