package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Caller;
import dev.keytrail.call.Refused;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Quotas;
import dev.keytrail.kms.op.RequestQuotas;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CreateKeyResponse;
import dev.keytrail.wire.shape.kms.DataKeyPairSpec;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairRequest;
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.SignRequest;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class QuotasTest {
    private final World world = new World(1, new Quotas(2, 1, 1));

    private String create(Caller caller) {
        return world.<CreateKeyRequest, CreateKeyResponse>as(
                        caller, "CreateKey", CreateKeyRequest.builder().build())
                .code();
    }

    @Test
    void keys_beyondTheQuota_areRefused_untilOneIsGone() {
        Key first = world.newKey();
        world.newKey();

        assertThat(create(World.ALICE)).isEqualTo("LimitExceededException");
        assertThat(create(World.MALLORY)).as("another account").isEqualTo("ok");

        world.alice("ScheduleKeyDeletion", Requests.schedule(first.id(), 7));
        assertThat(create(World.ALICE)).as("whatever their state").isEqualTo("LimitExceededException");
        world.clock.advance(Duration.ofDays(7));
        world.runJobs();
        assertThat(create(World.ALICE)).isEqualTo("ok");
        assertThat(create(World.ALICE)).isEqualTo("LimitExceededException");
    }

    @Test
    void managedKeys_doNotCount() {
        world.newKey();
        world.alice("DescribeKey", Requests.describe("alias/aws/s3"));
        world.alice("DescribeKey", Requests.describe("alias/aws/ebs"));

        assertThat(create(World.ALICE)).isEqualTo("ok");
    }

    @Test
    void aliasesAndGrants_beyondTheQuota_areRefused() {
        String id = world.newKey().id();
        assertThat(world.alice("CreateAlias", Requests.createAlias("alias/a", id))
                        .code())
                .isEqualTo("ok");
        assertThat(world.alice("CreateAlias", Requests.createAlias("alias/b", id))
                        .code())
                .isEqualTo("LimitExceededException");
        assertThat(world.alice("CreateGrant", Requests.grant(id, World.ALICE.arn(), GrantOperation.Encrypt))
                        .code())
                .isEqualTo("ok");
        assertThat(world.alice("CreateGrant", Requests.grant(id, World.ALICE.arn(), GrantOperation.Decrypt))
                        .code())
                .isEqualTo("LimitExceededException");
    }

    private static final List<String> OPERATIONS = List.of("Encrypt", "DescribeKey", "CreateAlias");

    private int admitted(RequestQuotas quotas, Caller caller, String operation, Object input, int calls) {
        int admitted = 0;
        for (int i = 0; i < calls; i++) {
            try {
                quotas.admit(world.call(caller, World.REGION, operation), input);
                admitted++;
            } catch (Refused refused) {
                assertThat(refused.error().code()).isEqualTo("ThrottlingException");
                assertThat(refused.error().message())
                        .contains("You have exceeded the rate at which you may call KMS."
                                + " Reduce the frequency of your calls.");
            }
        }
        return admitted;
    }

    @Test
    void requests_off_admitAll() {
        RequestQuotas quotas = RequestQuotas.parse("").of(OPERATIONS);

        assertThat(admitted(quotas, World.ALICE, "Encrypt", Requests.encrypt("k"), 50_000))
                .isEqualTo(50_000);
    }

    @Test
    void requests_aSecondsWorthAtOnce_thenAsTimePasses() {
        RequestQuotas quotas = RequestQuotas.parse("DescribeKey=10,symmetric=5").of(OPERATIONS);

        assertThat(admitted(quotas, World.ALICE, "DescribeKey", Requests.describe("k"), 50))
                .isEqualTo(10);
        assertThat(admitted(quotas, World.MALLORY, "DescribeKey", Requests.describe("k"), 50))
                .as("another account")
                .isEqualTo(10);
        assertThat(admitted(quotas, World.ALICE, "Encrypt", Requests.encrypt("k"), 50))
                .as("another allowance")
                .isEqualTo(5);
        assertThat(admitted(quotas, World.ALICE, "GenerateDataKey", Requests.dataKey("k", 1), 50))
                .as("shared with Encrypt")
                .isZero();
        world.clock.advance(Duration.ofMillis(300));
        assertThat(admitted(quotas, World.ALICE, "DescribeKey", Requests.describe("k"), 50))
                .isEqualTo(3);
    }

    @Test
    void requests_slowRates_admitOneInTheirTime() {
        RequestQuotas quotas = RequestQuotas.parse("CreateAlias=0.1").of(OPERATIONS);
        Object input = Requests.createAlias("alias/a", "k");

        assertThat(admitted(quotas, World.ALICE, "CreateAlias", input, 5)).isEqualTo(1);
        world.clock.advance(Duration.ofSeconds(9));
        assertThat(admitted(quotas, World.ALICE, "CreateAlias", input, 5)).isZero();
        world.clock.advance(Duration.ofSeconds(1));
        assertThat(admitted(quotas, World.ALICE, "CreateAlias", input, 5)).isEqualTo(1);
    }

    @Test
    void requests_aws_givesEveryOperationARate_andLaterItemsOverride() {
        RequestQuotas quotas = RequestQuotas.parse("aws, rsa=2").of(OPERATIONS);

        assertThat(admitted(quotas, World.ALICE, "Sign", signing(SigningAlgorithmSpec.RSASSA_PSS_SHA_256), 5))
                .isEqualTo(2);
        assertThat(admitted(quotas, World.ALICE, "CreateAlias", Requests.createAlias("alias/a", "k"), 50))
                .isEqualTo(5);
    }

    /** kms.md section 18, row by row; what is under one a second passes once and then waits. */
    @Test
    void requests_aws_areTheReferences() {
        Object none = new Object();
        List<Rate> table = new ArrayList<>(List.of(
                new Rate("Encrypt", Requests.encrypt("k"), 10_000),
                new Rate("Sign", signing(SigningAlgorithmSpec.RSASSA_PSS_SHA_256), 1_000),
                new Rate("Sign", signing(SigningAlgorithmSpec.ECDSA_SHA_256), 1_000),
                new Rate("Sign", signing(SigningAlgorithmSpec.ML_DSA_SHAKE_256), 1_000),
                new Rate("CreateGrant", none, 50),
                new Rate("TagResource", none, 10),
                new Rate("GetParametersForImport", none, 0.25)));
        Map.of(
                        DataKeyPairSpec.ECC_NIST_P256, 25.0,
                        DataKeyPairSpec.ECC_NIST_P384, 10.0,
                        DataKeyPairSpec.ECC_NIST_P521, 5.0,
                        DataKeyPairSpec.ECC_SECG_P256K1, 25.0,
                        DataKeyPairSpec.RSA_2048, 1.0,
                        DataKeyPairSpec.RSA_3072, 0.5,
                        DataKeyPairSpec.RSA_4096, 0.1)
                .forEach((spec, rate) -> table.add(new Rate(
                        "GenerateDataKeyPair",
                        GenerateDataKeyPairRequest.builder()
                                .keyId("k")
                                .keyPairSpec(spec)
                                .build(),
                        rate)));
        Map.of(
                        2_000, List.of("DescribeKey", "GetPublicKey", "ListResourceTags"),
                        1_000, List.of("GetKeyPolicy", "GetKeyRotationStatus"),
                        500, List.of("ListKeys", "ListAliases"),
                        100, List.of("ListGrants", "ListRetirableGrants", "ListKeyPolicies"),
                        30, List.of("RetireGrant", "RevokeGrant"),
                        15, List.of("PutKeyPolicy", "EnableKeyRotation", "DeleteAlias", "ScheduleKeyDeletion"),
                        5, List.of("CreateKey", "CreateAlias", "EnableKey", "ReplicateKey", "RotateKeyOnDemand"))
                .forEach((rate, names) -> names.forEach(name -> table.add(new Rate(name, none, rate))));
        RequestQuotas quotas = RequestQuotas.parse("aws").of(OPERATIONS);

        for (Rate each : table) {
            assertThat(admitted(quotas, World.ALICE, each.operation(), each.input(), 3 + (int) each.perSecond()))
                    .as(each.toString())
                    .isEqualTo((int) Math.max(1, each.perSecond()));
            if (each.perSecond() < 1) {
                world.clock.advance(Duration.ofMillis((long) (999 / each.perSecond())));
                assertThat(admitted(quotas, World.ALICE, each.operation(), each.input(), 2))
                        .isZero();
                world.clock.advance(Duration.ofMillis(2 + (long) (1 / each.perSecond())));
                assertThat(admitted(quotas, World.ALICE, each.operation(), each.input(), 2))
                        .isEqualTo(1);
            }
        }
    }

    private record Rate(String operation, Object input, double perSecond) {}

    private static SignRequest signing(SigningAlgorithmSpec algorithm) {
        return SignRequest.builder()
                .keyId("k")
                .message(Requests.plain("m"))
                .signingAlgorithm(algorithm)
                .build();
    }

    @Test
    void requests_badSettings_areToldToTheOperator() {
        for (String bad : List.of(
                "nonesuch=1",
                "Encrypt",
                "rsa=",
                "rsa=0",
                "rsa=-1",
                "rsa=NaN",
                "=1",
                "rest=x",
                "Encrypt=5",
                "Sign=5",
                "GenerateMac=5")) {
            assertThatThrownBy(() -> RequestQuotas.parse(bad).of(OPERATIONS))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("kms.request-quotas");
        }
    }
}
