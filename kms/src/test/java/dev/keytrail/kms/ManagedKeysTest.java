package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Caller;
import dev.keytrail.call.FollowUp;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DecryptResponse;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;
import dev.keytrail.wire.shape.kms.GenerateDataKeyRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyResponse;
import dev.keytrail.wire.shape.kms.GetKeyRotationStatusRequest;
import dev.keytrail.wire.shape.kms.GetKeyRotationStatusResponse;
import dev.keytrail.wire.shape.kms.KeyManagerType;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ManagedKeysTest {
    private static final String ALIAS = "alias/aws/s3";

    private final World world = new World();

    /** Alice's own request, passed on by a service. */
    private static Caller aliceBy(String service) {
        return new Caller(
                World.ALICE.principal(), World.ALICE.accessKeyId(), World.ALICE.session(), Optional.of(service));
    }

    private Answer<DescribeKeyResponse> describe() {
        return world.<DescribeKeyRequest, DescribeKeyResponse>alice("DescribeKey", Requests.describe(ALIAS));
    }

    private Answer<GenerateDataKeyResponse> dataKey(Caller caller, String keyId) {
        return world.<GenerateDataKeyRequest, GenerateDataKeyResponse>as(
                caller, "GenerateDataKey", Requests.dataKey(keyId, 32));
    }

    @Test
    void predefinedAlias_described_makesOneKeyOfAws() {
        Answer<DescribeKeyResponse> first = describe();
        KeyMetadata shown = first.reply().keyMetadata().orElseThrow();

        assertThat(shown.keyManager()).contains(KeyManagerType.AWS);
        assertThat(shown.multiRegion()).contains(false);
        assertThat(first.effect().orElseThrow().followUps())
                .extracting(FollowUp::operation)
                .containsExactly("CreateKey");
        Answer<DescribeKeyResponse> second = describe();
        assertThat(second.reply().keyMetadata().orElseThrow().keyId()).isEqualTo(shown.keyId());
        assertThat(second.effect().orElseThrow().changes()).isEmpty();
    }

    @Test
    void unknownName_isNoPredefinedAlias() {
        assertThat(world.alice("DescribeKey", Requests.describe("alias/aws/nonesuch"))
                        .code())
                .isEqualTo("NotFoundException");
    }

    @Test
    void describing_withoutLeave_makesNothing() {
        world.forbidAll(World.ALICE);

        assertThat(describe().code()).isEqualTo("AccessDeniedException");
        assertThat(world.ledger.read().get(Alias.TABLE, Alias.rowKey(World.ACCOUNT, World.REGION, ALIAS)))
                .isEmpty();
    }

    @Test
    void firstUse_byItsService_makesTheKey_byOthersDoesNot() {
        assertThat(dataKey(World.ALICE, ALIAS).code()).isEqualTo("NotFoundException");
        assertThat(dataKey(aliceBy("ebs.amazonaws.com"), ALIAS).code()).isEqualTo("NotFoundException");

        Answer<GenerateDataKeyResponse> made = dataKey(aliceBy("s3.amazonaws.com"), ALIAS);

        assertThat(made.code()).isEqualTo("ok");
        String arn = made.reply().keyId().orElseThrow();
        assertThat(dataKey(aliceBy("s3.amazonaws.com"), ALIAS).reply().keyId()).contains(arn);
        // Only through the service, and only the account's own principals.
        assertThat(dataKey(World.ALICE, ALIAS).code()).isEqualTo("AccessDeniedException");
        assertThat(dataKey(aliceBy("ebs.amazonaws.com"), arn).code()).isEqualTo("AccessDeniedException");
        DecryptRequest decrypt = Requests.decrypt(made.reply().ciphertextBlob().orElseThrow());
        assertThat(world.<DecryptRequest, DecryptResponse>as(World.ALICE, "Decrypt", decrypt)
                        .code())
                .isEqualTo("AccessDeniedException");
        assertThat(world.<DecryptRequest, DecryptResponse>as(aliceBy("s3.amazonaws.com"), "Decrypt", decrypt)
                        .code())
                .isEqualTo("ok");
    }

    @Test
    void changes_byUsersAndRoot_areDenied() {
        String id = describe().reply().keyMetadata().orElseThrow().keyId().orElseThrow();
        for (Caller caller : new Caller[] {World.ALICE, World.ROOT}) {
            assertThat(world.as(caller, "DisableKey", Requests.disable(id)).code())
                    .isEqualTo("AccessDeniedException");
            assertThat(world.as(caller, "ScheduleKeyDeletion", Requests.schedule(id, 7))
                            .code())
                    .isEqualTo("AccessDeniedException");
            assertThat(world.as(caller, "PutKeyPolicy", Requests.putPolicy(id, World.keyPolicy()))
                            .code())
                    .isEqualTo("AccessDeniedException");
            assertThat(world.as(caller, "TagResource", Requests.tag(id, "a", "b"))
                            .code())
                    .isEqualTo("AccessDeniedException");
            assertThat(world.as(caller, "CreateAlias", Requests.createAlias("alias/mine", id))
                            .code())
                    .isEqualTo("AccessDeniedException");
            assertThat(world.as(caller, "DeleteAlias", Requests.deleteAlias(ALIAS))
                            .code())
                    .isEqualTo("NotAuthorizedException");
        }
    }

    @Test
    void rotation_isAlwaysOn_everyYear() {
        String id = describe().reply().keyMetadata().orElseThrow().keyId().orElseThrow();
        Key before = world.key(id);
        GetKeyRotationStatusResponse status = world.<GetKeyRotationStatusRequest, GetKeyRotationStatusResponse>alice(
                        "GetKeyRotationStatus",
                        GetKeyRotationStatusRequest.builder().keyId(id).build())
                .reply();
        assertThat(status.keyRotationEnabled()).contains(true);
        assertThat(status.rotationPeriodInDays()).contains(365);

        world.clock.advance(Duration.ofDays(365));
        world.runJobs();

        assertThat(world.key(id).currentMaterial().orElseThrow().id())
                .isNotEqualTo(before.currentMaterial().orElseThrow().id());
    }

    @Test
    void servicePrincipal_usesAKeyByArn_whosePolicyLetsIt() {
        Caller service = Caller.service("cloudtrail.amazonaws.com");
        Key key = world.newKey();
        assertThat(dataKey(service, key.arn()).code()).isEqualTo("AccessDeniedException");
        assertThat(dataKey(service, key.id()).code()).isEqualTo("NotFoundException");
        world.change(
                key,
                k -> k.withPolicy(World.keyPolicy(
                        "{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"cloudtrail.amazonaws.com\"},"
                                + "\"Action\":\"kms:GenerateDataKey*\",\"Resource\":\"*\"}")));

        assertThat(dataKey(service, key.arn()).code()).isEqualTo("ok");
    }
}
