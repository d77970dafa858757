package dev.keytrail.kms;

import static dev.keytrail.kms.World.ACCOUNT;
import static dev.keytrail.kms.World.REGION;
import static dev.keytrail.kms.World.ROOT;
import static dev.keytrail.kms.World.statement;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.GenerateRandomRequest;
import dev.keytrail.wire.shape.kms.GetKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.ListAliasesRequest;
import dev.keytrail.wire.shape.kms.ListKeysRequest;
import dev.keytrail.wire.shape.kms.PutKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import dev.keytrail.wire.shape.kms.ScheduleKeyDeletionRequest;
import dev.keytrail.wire.shape.kms.TagResourceRequest;
import dev.keytrail.wire.shape.kms.UntagResourceRequest;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** kms.md sections 15 and 16. */
class PermissionsTest {
    private static final Caller BOB = World.user(ACCOUNT, "Bob");
    private static final String BOB_ARN = "arn:aws:iam::" + ACCOUNT + ":user/Bob";

    private final World world = new World();
    private final Key key = world.newKey(
            CreateKeyRequest.builder().tags(Requests.tags("Team", "Red")).build());

    @Test
    void defaultPolicy_delegatesToIam_andRootNeedsNone() {
        Answer<?> denied = world.as(BOB, "Encrypt", Requests.encrypt(key.id()));
        assertThat(denied.code()).isEqualTo("AccessDeniedException");
        assertThat(denied.message())
                .isEqualTo("User: " + BOB_ARN + " is not authorized to perform: kms:Encrypt on resource: " + key.arn()
                        + " because no identity-based policy allows the kms:Encrypt action");
        assertThat(denied.error().orElseThrow().status()).isEqualTo(400);
        assertThat(denied.notes().ownerCopy()).isFalse();
        assertThat(denied.notes().trace()).isNotEmpty();
        assertThat(denied.notes().resources()).hasSize(1);

        world.allow(BOB, "kms:Encrypt");
        assertThat(world.as(BOB, "Encrypt", Requests.encrypt(key.id())).code()).isEqualTo("ok");
        assertThat(world.as(ROOT, "Encrypt", Requests.encrypt(key.id())).code()).isEqualTo("ok");
    }

    @Test
    void policyNamingAUser_letsThatUserWithoutIam_andNobodyElse() {
        world.change(
                key,
                k -> k.withPolicy(
                        "{\"Version\":\"2012-10-17\",\"Statement\":[" + World.letting(BOB_ARN, "kms:Encrypt") + "]}"));

        assertThat(world.as(BOB, "Encrypt", Requests.encrypt(key.id())).code()).isEqualTo("ok");
        Answer<?> alice = world.alice("Encrypt", Requests.encrypt(key.id()));
        assertThat(alice.message()).endsWith("because no resource-based policy allows the kms:Encrypt action");
        assertThat(world.as(ROOT, "Encrypt", Requests.encrypt(key.id())).code()).isEqualTo("AccessDeniedException");
    }

    @Test
    void explicitDeny_inEitherPolicy_wins() {
        world.identity(
                BOB, statement("Allow", "\"kms:*\"", "*", ""), statement("Deny", "\"kms:Encrypt\"", key.arn(), ""));
        assertThat(world.as(BOB, "Encrypt", Requests.encrypt(key.id())).message())
                .endsWith("on resource: " + key.arn() + " with an explicit deny in an identity-based policy");
    }

    @Test
    void withoutResource_textNamesNone() {
        Answer<?> answer = world.as(BOB, "CreateKey", CreateKeyRequest.builder().build());
        assertThat(answer.message())
                .isEqualTo("User: " + BOB_ARN + " is not authorized to perform: kms:CreateKey because no"
                        + " identity-based policy allows the kms:CreateKey action");
        for (String operation : List.of("ListKeys", "ListAliases", "GenerateRandom")) {
            Object request = switch (operation) {
                case "ListKeys" -> ListKeysRequest.builder().build();
                case "ListAliases" -> ListAliasesRequest.builder().build();
                default -> GenerateRandomRequest.builder().numberOfBytes(1).build();
            };
            assertThat(world.as(BOB, operation, request).code()).isEqualTo("AccessDeniedException");
            world.allow(BOB, "kms:" + operation);
            assertThat(world.as(BOB, operation, request).code()).isEqualTo("ok");
            world.forbidAll(BOB);
        }
    }

    @Test
    void createKey_withTags_needsTagResourceToo() {
        CreateKeyRequest tagged =
                CreateKeyRequest.builder().tags(Requests.tags("a", "b")).build();
        world.allow(BOB, "kms:CreateKey");
        assertThat(world.as(BOB, "CreateKey", tagged).message())
                .contains("is not authorized to perform: kms:TagResource because");
        world.allow(BOB, "kms:CreateKey", "kms:TagResource");
        // The default policy lets Bob put a key policy only through IAM; without one in the request nothing is checked.
        assertThat(world.as(BOB, "CreateKey", tagged).code()).isEqualTo("ok");
    }

    @Test
    void aliases_needTheAliasAndTheKey() {
        String aliasArn = "arn:aws:kms:" + REGION + ":" + ACCOUNT + ":alias/x";
        world.identity(BOB, statement("Allow", "\"kms:*\"", key.arn(), ""));
        assertThat(world.as(BOB, "CreateAlias", Requests.createAlias("alias/x", key.id()))
                        .message())
                .contains("on resource: " + aliasArn);
        world.identity(BOB, statement("Allow", "\"kms:*\"", aliasArn, ""));
        assertThat(world.as(BOB, "CreateAlias", Requests.createAlias("alias/x", key.id()))
                        .message())
                .contains("on resource: " + key.arn());
        world.identity(
                BOB, statement("Allow", "\"kms:*\"", aliasArn, ""), statement("Allow", "\"kms:*\"", key.arn(), ""));
        assertThat(world.as(BOB, "CreateAlias", Requests.createAlias("alias/x", key.id()))
                        .code())
                .isEqualTo("ok");

        Key other = world.newKey();
        assertThat(world.as(BOB, "UpdateAlias", Requests.updateAlias("alias/x", other.id()))
                        .message())
                .contains("on resource: " + other.arn());
        world.identity(
                BOB, statement("Allow", "\"kms:*\"", aliasArn, ""), statement("Allow", "\"kms:*\"", other.arn(), ""));
        assertThat(world.as(BOB, "UpdateAlias", Requests.updateAlias("alias/x", other.id()))
                        .message())
                .contains("on resource: " + key.arn());
        assertThat(world.as(BOB, "DeleteAlias", Requests.deleteAlias("alias/x")).message())
                .contains("on resource: " + key.arn());
    }

    @Test
    void reEncrypt_asksFromOnTheSourceAndToOnTheDestination() {
        Key other = world.newKey();
        Bytes blob = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        ReEncryptRequest request = ReEncryptRequest.builder()
                .ciphertextBlob(blob)
                .destinationKeyId(other.id())
                .build();
        world.identity(BOB, statement("Allow", "\"kms:ReEncryptTo\"", "*", ""));
        assertThat(world.as(BOB, "ReEncrypt", request).message()).startsWith("The ciphertext refers to");
        world.identity(BOB, statement("Allow", "\"kms:ReEncryptFrom\"", "*", ""));
        assertThat(world.as(BOB, "ReEncrypt", request).message())
                .contains("perform: kms:ReEncryptTo on resource: " + other.arn());
        world.identity(
                BOB,
                statement("Allow", "\"kms:ReEncryptFrom\"", key.arn(), ""),
                statement("Allow", "\"kms:ReEncryptTo\"", other.arn(), ""));
        assertThat(world.as(BOB, "ReEncrypt", request).code()).isEqualTo("ok");
    }

    /** Conditions that hold for one call, with the call, and with a call for which they do not. */
    record Row(String condition, String operation, Object good, Object bad) {}

    static Stream<Row> conditions() {
        String id = "%KEY%";
        EncryptRequest inContext = Requests.encrypt(id, "x", Map.of("Dept", "Ops"));
        return Stream.of(
                new Row(equals("kms:EncryptionContext:dept", "Ops"), "Encrypt", inContext, Requests.encrypt(id)),
                new Row(
                        equals("kms:EncryptionContext:Dept", "Ops"),
                        "Encrypt",
                        inContext,
                        Requests.encrypt(id, "x", Map.of("Dept", "ops"))),
                new Row(
                        "{\"ForAllValues:StringEquals\":{\"kms:EncryptionContextKeys\":[\"Dept\"]}}",
                        "Encrypt",
                        inContext,
                        Requests.encrypt(id, "x", Map.of("Other", "1"))),
                new Row(equals("kms:RequestAlias", "alias/mine"), "Encrypt", Requests.encrypt("alias/mine"), inContext),
                new Row(
                        "{\"Bool\":{\"kms:BypassPolicyLockoutSafetyCheck\":\"false\"}}",
                        "PutKeyPolicy",
                        Requests.putPolicy(id, World.keyPolicy()),
                        PutKeyPolicyRequest.builder()
                                .keyId(id)
                                .policy(World.keyPolicy())
                                .bypassPolicyLockoutSafetyCheck(true)
                                .build()),
                new Row(
                        equals("kms:PolicyName", "default"),
                        "GetKeyPolicy",
                        Requests.getPolicy(id),
                        GetKeyPolicyRequest.builder()
                                .keyId(id)
                                .policyName("other")
                                .build()),
                new Row(
                        "{\"NumericGreaterThanEquals\":{\"kms:ScheduleKeyDeletionPendingWindowInDays\":\"20\"}}",
                        "ScheduleKeyDeletion",
                        Requests.schedule(id, 20),
                        Requests.schedule(id, 19)),
                new Row(
                        equals("aws:RequestTag/Cost", "1"),
                        "TagResource",
                        Requests.tag(id, "Cost", "1"),
                        Requests.tag(id, "Cost", "2")),
                new Row(
                        "{\"ForAllValues:StringEquals\":{\"aws:TagKeys\":[\"Cost\"]}}",
                        "UntagResource",
                        Requests.untag(id, "Cost"),
                        Requests.untag(id, "Team")),
                new Row(
                        equals("kms:KeySpec", "SYMMETRIC_DEFAULT"),
                        "CreateKey",
                        CreateKeyRequest.builder().build(),
                        CreateKeyRequest.builder()
                                .keySpec(KeySpec.RSA_2048)
                                .keyUsage(KeyUsageType.SIGN_VERIFY)
                                .build()));
    }

    private static String equals(String conditionKey, String value) {
        return "{\"StringEquals\":{\"" + conditionKey + "\":\"" + value + "\"}}";
    }

    @ParameterizedTest
    @MethodSource("conditions")
    void condition_onTheRequest_letsOnlyWhatItDescribes(Row row) {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        world.identity(BOB, statement("Allow", "\"kms:*\"", "*", row.condition()));

        Answer<?> bad = world.as(BOB, row.operation(), naming(row.bad()));
        assertThat(bad.code()).isEqualTo("AccessDeniedException");
        Answer<?> good = world.as(BOB, row.operation(), naming(row.good()));
        assertThat(good.error()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("keyConditions")
    void condition_onTheKey_holdsForThisKey(String conditionKey, String value) {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        world.identity(BOB, statement("Allow", "\"kms:*\"", "*", equals(conditionKey, value)));
        assertThat(world.as(BOB, "Encrypt", Requests.encrypt(key.id())).code()).isEqualTo("ok");
        world.identity(BOB, statement("Allow", "\"kms:*\"", "*", equals(conditionKey, value + "x")));
        assertThat(world.as(BOB, "Encrypt", Requests.encrypt(key.id())).code()).isEqualTo("AccessDeniedException");
    }

    static Stream<Arguments> keyConditions() {
        return Map.ofEntries(
                        Map.entry("kms:CallerAccount", ACCOUNT),
                        Map.entry("aws:ResourceAccount", ACCOUNT),
                        Map.entry("kms:KeySpec", "SYMMETRIC_DEFAULT"),
                        Map.entry("kms:CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"),
                        Map.entry("kms:KeyUsage", "ENCRYPT_DECRYPT"),
                        Map.entry("kms:CustomerMasterKeyUsage", "ENCRYPT_DECRYPT"),
                        Map.entry("kms:KeyOrigin", "AWS_KMS"),
                        Map.entry("kms:MultiRegion", "false"),
                        Map.entry("kms:ResourceAliases", "alias/mine"),
                        Map.entry("kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
                        Map.entry("aws:ResourceTag/team", "Red"))
                .entrySet()
                .stream()
                .map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
    }

    @Test
    void condition_reEncryptOnSameKey_andViaService() {
        Bytes blob = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        world.identity(BOB, statement("Allow", "\"kms:*\"", "*", "{\"Bool\":{\"kms:ReEncryptOnSameKey\":\"true\"}}"));
        ReEncryptRequest.Builder request = ReEncryptRequest.builder().ciphertextBlob(blob);
        assertThat(world.as(BOB, "ReEncrypt", request.destinationKeyId(key.id()).build())
                        .code())
                .isEqualTo("ok");
        assertThat(world.as(
                                BOB,
                                "ReEncrypt",
                                request.destinationKeyId(world.newKey().id()).build())
                        .code())
                .isEqualTo("AccessDeniedException");

        world.identity(
                BOB, statement("Allow", "\"kms:*\"", "*", equals("kms:ViaService", "s3." + REGION + ".amazonaws.com")));
        Caller viaS3 = new Caller(
                BOB.principal(), BOB.accessKeyId(), BOB.session(), java.util.Optional.of("s3.amazonaws.com"));
        assertThat(world.as(viaS3, "Encrypt", Requests.encrypt(key.id())).code())
                .isEqualTo("ok");
        assertThat(world.as(BOB, "Encrypt", Requests.encrypt(key.id())).code()).isEqualTo("AccessDeniedException");
    }

    /** The request with the key's id in place of its placeholder. */
    private Object naming(Object request) {
        return switch (request) {
            case EncryptRequest r ->
                r.keyId().startsWith("alias/")
                        ? r
                        : new EncryptRequest(
                                r.dryRun(),
                                r.encryptionAlgorithm(),
                                r.encryptionContext(),
                                r.grantTokens(),
                                key.id(),
                                r.plaintext());
            case PutKeyPolicyRequest r ->
                PutKeyPolicyRequest.builder()
                        .keyId(key.id())
                        .policy(r.policy())
                        .bypassPolicyLockoutSafetyCheck(r.bypassPolicyLockoutSafetyCheck())
                        .build();
            case GetKeyPolicyRequest r ->
                GetKeyPolicyRequest.builder()
                        .keyId(key.id())
                        .policyName(r.policyName())
                        .build();
            case ScheduleKeyDeletionRequest r ->
                Requests.schedule(key.id(), r.pendingWindowInDays().orElseThrow());
            case TagResourceRequest r ->
                TagResourceRequest.builder().keyId(key.id()).tags(r.tags()).build();
            case UntagResourceRequest r ->
                UntagResourceRequest.builder()
                        .keyId(key.id())
                        .tagKeys(r.tagKeys())
                        .build();
            default -> request;
        };
    }
}
