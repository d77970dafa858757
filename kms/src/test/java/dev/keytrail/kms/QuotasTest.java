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
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.SignRequest;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import java.time.Duration;
import java.util.List;
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
        RequestQuotas quotas = RequestQuotas.parse("", OPERATIONS);

        assertThat(admitted(quotas, World.ALICE, "Encrypt", Requests.encrypt("k"), 50_000))
                .isEqualTo(50_000);
    }

    @Test
    void requests_aSecondsWorthAtOnce_thenAsTimePasses() {
        RequestQuotas quotas = RequestQuotas.parse("DescribeKey=10,symmetric=5", OPERATIONS);

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
        RequestQuotas quotas = RequestQuotas.parse("CreateAlias=0.1", OPERATIONS);
        Object input = Requests.createAlias("alias/a", "k");

        assertThat(admitted(quotas, World.ALICE, "CreateAlias", input, 5)).isEqualTo(1);
        world.clock.advance(Duration.ofSeconds(9));
        assertThat(admitted(quotas, World.ALICE, "CreateAlias", input, 5)).isZero();
        world.clock.advance(Duration.ofSeconds(1));
        assertThat(admitted(quotas, World.ALICE, "CreateAlias", input, 5)).isEqualTo(1);
    }

    @Test
    void requests_aws_givesEveryOperationARate_andLaterItemsOverride() {
        RequestQuotas quotas = RequestQuotas.parse("aws, rsa=2", OPERATIONS);
        SignRequest rsa = SignRequest.builder()
                .keyId("k")
                .message(Requests.plain("m"))
                .signingAlgorithm(SigningAlgorithmSpec.RSASSA_PSS_SHA_256)
                .build();

        assertThat(admitted(quotas, World.ALICE, "Sign", rsa, 5)).isEqualTo(2);
        assertThat(admitted(quotas, World.ALICE, "CreateAlias", Requests.createAlias("alias/a", "k"), 50))
                .isEqualTo(5);
    }

    @Test
    void requests_badSettings_areToldToTheOperator() {
        for (String bad : List.of("nonesuch=1", "Encrypt", "rsa=", "rsa=0", "rsa=-1", "rsa=NaN", "=1", "rest=x")) {
            assertThatThrownBy(() -> RequestQuotas.parse(bad, OPERATIONS))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("kms.request-quotas");
        }
    }
}
