package dev.keytrail.kms;

import static dev.keytrail.kms.World.ACCOUNT;
import static dev.keytrail.kms.World.statement;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.wire.shape.kms.CreateGrantRequest;
import dev.keytrail.wire.shape.kms.DataKeyPairSpec;
import dev.keytrail.wire.shape.kms.DecapsulateRequest;
import dev.keytrail.wire.shape.kms.DeriveSharedSecretRequest;
import dev.keytrail.wire.shape.kms.EncapsulateRequest;
import dev.keytrail.wire.shape.kms.EncapsulationAlgorithmSpec;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GenerateMacRequest;
import dev.keytrail.wire.shape.kms.GetPublicKeyRequest;
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.KeyAgreementAlgorithmSpec;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.MacAlgorithmSpec;
import dev.keytrail.wire.shape.kms.MessageType;
import dev.keytrail.wire.shape.kms.SignRequest;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import dev.keytrail.wire.shape.kms.VerifyMacRequest;
import dev.keytrail.wire.shape.kms.VerifyRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What all operations with key pairs and HMAC keys have in common: names, permission, state, usage, algorithm, dry run, and
 * what their events show. kms.md sections 3, 7, 16 and 20; cloudtrail.md C1 and C2.
 */
class KeyOperationsTest {
    private static final byte[] MESSAGE = "attack at dawn".getBytes(StandardCharsets.UTF_8);
    private static final Caller BOB = World.user(ACCOUNT, "Bob");

    /** What a request is made of besides what is its operation's own. */
    private record Ask(String keyId, boolean dryRun, List<String> tokens) {
        private static Ask of(String keyId) {
            return new Ask(keyId, false, List.of());
        }
    }

    /**
     * An operation, the key it needs, and an otherwise good request for a key.
     *
     * @param other a key that it cannot be done with, for its usage
     * @param unfit a key of the right usage that cannot do the request's algorithm; null where there is none
     * @param conditions its own condition keys, as JSON of equal strings
     * @param shown the event's parameters but for the key's name
     */
    private record Case(
            String name,
            Kind kind,
            Kind other,
            Kind unfit,
            String conditions,
            Map<String, Object> shown,
            Function<Ask, Object> request) {}

    /** A kind of key. */
    private record Kind(KeySpec spec, KeyUsageType usage) {
        private static final Kind NONE = new Kind(KeySpec.SYMMETRIC_DEFAULT, KeyUsageType.ENCRYPT_DECRYPT);
    }

    private static final Kind SIGNING = new Kind(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
    private static final Kind SIGNING_384 = new Kind(KeySpec.ECC_NIST_P384, KeyUsageType.SIGN_VERIFY);
    private static final Kind AGREEING = new Kind(KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT);
    private static final Kind HMAC = new Kind(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
    private static final Kind HMAC_512 = new Kind(KeySpec.HMAC_512, KeyUsageType.GENERATE_VERIFY_MAC);
    private static final Kind SYMMETRIC = new Kind(KeySpec.SYMMETRIC_DEFAULT, KeyUsageType.ENCRYPT_DECRYPT);
    private static final Kind RSA = new Kind(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT);
    private static final Kind KEM = new Kind(KeySpec.ML_KEM_512, KeyUsageType.ENCAPSULATE_DECAPSULATE);

    private static List<Case> cases() {
        return List.of(
                new Case(
                        "Sign",
                        SIGNING,
                        AGREEING,
                        SIGNING_384,
                        "\"kms:SigningAlgorithm\":\"ECDSA_SHA_256\",\"kms:MessageType\":\"RAW\"",
                        Map.of("signingAlgorithm", "ECDSA_SHA_256"),
                        ask -> SignRequest.builder()
                                .keyId(ask.keyId())
                                .message(Secret.copyOf(MESSAGE))
                                .signingAlgorithm(SigningAlgorithmSpec.ECDSA_SHA_256)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "Verify",
                        SIGNING,
                        AGREEING,
                        SIGNING_384,
                        "\"kms:SigningAlgorithm\":\"ECDSA_SHA_256\",\"kms:MessageType\":\"DIGEST\"",
                        Map.of("signingAlgorithm", "ECDSA_SHA_256", "messageType", "DIGEST"),
                        ask -> VerifyRequest.builder()
                                .keyId(ask.keyId())
                                .message(Secret.copyOf(new byte[32]))
                                .messageType(MessageType.DIGEST)
                                .signature(Bytes.utf8("no signature"))
                                .signingAlgorithm(SigningAlgorithmSpec.ECDSA_SHA_256)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "GenerateMac",
                        HMAC,
                        SYMMETRIC,
                        HMAC_512,
                        "\"kms:MacAlgorithm\":\"HMAC_SHA_256\"",
                        Map.of("macAlgorithm", "HMAC_SHA_256"),
                        ask -> GenerateMacRequest.builder()
                                .keyId(ask.keyId())
                                .message(Secret.copyOf(MESSAGE))
                                .macAlgorithm(MacAlgorithmSpec.HMAC_SHA_256)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "VerifyMac",
                        HMAC,
                        SYMMETRIC,
                        HMAC_512,
                        "\"kms:MacAlgorithm\":\"HMAC_SHA_256\"",
                        Map.of("macAlgorithm", "HMAC_SHA_256"),
                        ask -> VerifyMacRequest.builder()
                                .keyId(ask.keyId())
                                .message(Secret.copyOf(MESSAGE))
                                .mac(Bytes.utf8("no mac"))
                                .macAlgorithm(MacAlgorithmSpec.HMAC_SHA_256)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "DeriveSharedSecret",
                        AGREEING,
                        SIGNING,
                        Kind.NONE,
                        "\"kms:KeyAgreementAlgorithm\":\"ECDH\"",
                        Map.of("keyAgreementAlgorithm", "ECDH"),
                        ask -> DeriveSharedSecretRequest.builder()
                                .keyId(ask.keyId())
                                .publicKey(PEER)
                                .keyAgreementAlgorithm(KeyAgreementAlgorithmSpec.ECDH)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "Encapsulate",
                        KEM,
                        SIGNING,
                        Kind.NONE,
                        "",
                        Map.of("encapsulationAlgorithm", "ML_KEM"),
                        ask -> EncapsulateRequest.builder()
                                .keyId(ask.keyId())
                                .encapsulationAlgorithm(EncapsulationAlgorithmSpec.ML_KEM)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "Decapsulate",
                        KEM,
                        SIGNING,
                        Kind.NONE,
                        "",
                        Map.of("encapsulationAlgorithm", "ML_KEM"),
                        ask -> DecapsulateRequest.builder()
                                .keyId(ask.keyId())
                                .sharedSecretCiphertextBlob(Bytes.utf8("too short"))
                                .encapsulationAlgorithm(EncapsulationAlgorithmSpec.ML_KEM)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "GenerateDataKeyPair",
                        SYMMETRIC,
                        SIGNING,
                        RSA,
                        "\"kms:DataKeyPairSpec\":\"ECC_NIST_P256\",\"kms:EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\","
                                + "\"kms:EncryptionContext:a\":\"b\"",
                        Map.of("keyPairSpec", "ECC_NIST_P256", "encryptionContext", Map.of("a", "b")),
                        ask -> GenerateDataKeyPairRequest.builder()
                                .keyId(ask.keyId())
                                .keyPairSpec(DataKeyPairSpec.ECC_NIST_P256)
                                .encryptionContext(Map.of("a", "b"))
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "GenerateDataKeyPairWithoutPlaintext",
                        SYMMETRIC,
                        SIGNING,
                        RSA,
                        "\"kms:DataKeyPairSpec\":\"ML_KEM_768\"",
                        Map.of("keyPairSpec", "ML_KEM_768"),
                        ask -> GenerateDataKeyPairWithoutPlaintextRequest.builder()
                                .keyId(ask.keyId())
                                .keyPairSpec(DataKeyPairSpec.ML_KEM_768)
                                .dryRun(ask.dryRun())
                                .grantTokens(ask.tokens())
                                .build()),
                new Case(
                        "GetPublicKey",
                        SIGNING,
                        Kind.NONE,
                        Kind.NONE,
                        "",
                        Map.of(),
                        ask -> GetPublicKeyRequest.builder()
                                .keyId(ask.keyId())
                                .grantTokens(ask.tokens())
                                .build()));
    }

    /** What each answers to its request, with a key that fits: two of the requests hold nothing that verifies. */
    private static final Map<String, String> DONE = Map.of(
            "Verify", "KMSInvalidSignatureException",
            "VerifyMac", "KMSInvalidMacException",
            "Decapsulate", "InvalidCiphertextException");

    private static final Bytes PEER = peer();

    private static Bytes peer() {
        World elsewhere = new World(99);
        return make(elsewhere, AGREEING).publicKey().orElseThrow();
    }

    private static Key make(World world, Kind kind) {
        return Pairs.make(world, kind.spec(), kind.usage());
    }

    private static Stream<DynamicTest> each(java.util.function.Consumer<Case> check) {
        return cases().stream().map(one -> DynamicTest.dynamicTest(one.name(), () -> check.accept(one)));
    }

    @TestFactory
    Stream<DynamicTest> everyName_reachesTheKey() {
        return each(one -> {
            World world = new World();
            Key key = make(world, one.kind());
            world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
            String aliasArn = key.arn().replace("key/" + key.id(), "alias/mine");
            for (String name : List.of(key.id(), key.arn(), "alias/mine", aliasArn)) {
                Answer<?> answer = world.alice(one.name(), one.request().apply(Ask.of(name)));
                assertThat(answer.code()).as(name).isEqualTo(DONE.getOrDefault(one.name(), "ok"));
                assertThat(answer.notes().resources()).extracting(r -> r.arn()).containsExactly(key.arn());
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> unknownKeyOrToken_isRefused() {
        return each(one -> {
            World world = new World();
            Key key = make(world, one.kind());
            Answer<?> absent =
                    world.alice(one.name(), one.request().apply(Ask.of("00000000-0000-4000-8000-000000000000")));
            assertThat(absent.code()).isEqualTo("NotFoundException");
            Answer<?> token =
                    world.alice(one.name(), one.request().apply(new Ask(key.id(), false, List.of("not a token"))));
            assertThat(token.code()).isEqualTo("InvalidGrantTokenException");
        });
    }

    @TestFactory
    Stream<DynamicTest> denied_withoutPermission_andByItsOwnConditionKeys() {
        return each(one -> {
            World world = new World();
            Key key = make(world, one.kind());
            Object request = one.request().apply(Ask.of(key.id()));
            Answer<?> denied = world.as(BOB, one.name(), request);
            assertThat(denied.code()).isEqualTo("AccessDeniedException");
            assertThat(denied.message()).contains("perform: kms:" + one.name() + " on resource: " + key.arn());
            assertThat(denied.notes().ownerCopy()).isFalse();

            String equal = one.conditions().isEmpty() ? "" : "{\"StringEquals\":{" + one.conditions() + "}}";
            world.identity(BOB, statement("Allow", "\"kms:" + one.name() + "\"", "*", equal));
            assertThat(world.as(BOB, one.name(), request).code()).isEqualTo(DONE.getOrDefault(one.name(), "ok"));
            for (String condition : conditions(one)) {
                String denying = "{\"StringEquals\":{" + condition + "}}";
                world.identity(
                        BOB, statement("Allow", "\"kms:*\"", "*", ""), statement("Deny", "\"kms:*\"", "*", denying));
                assertThat(world.as(BOB, one.name(), request).code())
                        .as(condition)
                        .isEqualTo("AccessDeniedException");
            }
        });
    }

    private static List<String> conditions(Case one) {
        return one.conditions().isEmpty()
                ? List.of()
                : Arrays.asList(one.conditions().split(","));
    }

    @TestFactory
    Stream<DynamicTest> anotherAccount_withItsKeyPolicy_may() {
        return each(one -> {
            World world = new World();
            Key key = make(world, one.kind());
            Object request = one.request().apply(Ask.of(key.arn()));
            Answer<?> denied = world.as(World.MALLORY, one.name(), request);
            assertThat(denied.code()).isEqualTo("AccessDeniedException");
            assertThat(denied.message()).contains("does not exist in this Region");
            world.change(
                    key, k -> k.withPolicy(World.keyPolicy(World.letting(World.MALLORY.arn(), "kms:" + one.name()))));
            assertThat(world.as(World.MALLORY, one.name(), request).code())
                    .isEqualTo(DONE.getOrDefault(one.name(), "ok"));
        });
    }

    @TestFactory
    Stream<DynamicTest> grant_letsItsGrantee_doThatAlone() {
        return each(one -> {
            World world = new World();
            Key key = make(world, one.kind());
            world.alice(
                    "CreateGrant",
                    CreateGrantRequest.builder()
                            .keyId(key.id())
                            .granteePrincipal(BOB.arn())
                            .operations(List.of(GrantOperation.valueOf(one.name())))
                            .build());
            assertThat(world.as(BOB, one.name(), one.request().apply(Ask.of(key.id())))
                            .code())
                    .isEqualTo(DONE.getOrDefault(one.name(), "ok"));
            assertThat(world.as(BOB, "DescribeKey", Requests.describe(key.id())).code())
                    .isEqualTo("AccessDeniedException");
        });
    }

    @TestFactory
    Stream<DynamicTest> everyState_answersAsTheTable() {
        Map<KeyState, String> refused = new LinkedHashMap<>();
        refused.put(KeyState.DISABLED, "DisabledException %s is disabled.");
        refused.put(KeyState.PENDING_DELETION, "KMSInvalidStateException %s is pending deletion.");
        refused.put(KeyState.PENDING_REPLICA_DELETION, "KMSInvalidStateException %s is pending replica deletion.");
        refused.put(KeyState.PENDING_IMPORT, "KMSInvalidStateException %s is pending import.");
        refused.put(KeyState.UNAVAILABLE, "KMSInvalidStateException %s is unavailable.");
        refused.put(KeyState.CREATING, "KMSInvalidStateException %s is creating.");
        return each(one -> {
            World world = new World();
            Key key = make(world, one.kind());
            refused.forEach((state, text) -> {
                world.change(key, k -> Kinds.in(k, state));
                Answer<?> answer = world.alice(one.name(), one.request().apply(new Ask(key.id(), true, List.of())));
                assertThat(answer.code() + " " + answer.message()).isEqualTo(text.formatted(key.arn()));
            });
            world.change(key, k -> Kinds.in(k, KeyState.UPDATING));
            assertThat(world.alice(one.name(), one.request().apply(Ask.of(key.id())))
                            .code())
                    .isEqualTo(DONE.getOrDefault(one.name(), "ok"));
        });
    }

    @TestFactory
    Stream<DynamicTest> checks_comeInOrder_stateUsageAlgorithmDryRun() {
        return each(one -> {
            World world = new World();
            if (one.other() != Kind.NONE) {
                Key other = make(world, one.other());
                Object request = one.request().apply(new Ask(other.id(), true, List.of()));
                Answer<?> usage = world.alice(one.name(), request);
                assertThat(usage.code()).isEqualTo("InvalidKeyUsageException");
                assertThat(usage.message())
                        .isEqualTo(other.arn() + " key usage is " + other.usage() + " which is not valid for "
                                + one.name() + ".");
                world.change(other, k -> k.withState(KeyState.DISABLED));
                assertThat(world.alice(one.name(), request).code()).isEqualTo("DisabledException");
            }
            if (one.unfit() != Kind.NONE) {
                Key unfit = make(world, one.unfit());
                Answer<?> algorithm =
                        world.alice(one.name(), one.request().apply(new Ask(unfit.id(), true, List.of())));
                assertThat(algorithm.code()).isEqualTo("InvalidKeyUsageException");
                assertThat(algorithm.message()).endsWith(" is incompatible with key spec " + unfit.spec() + ".");
            }
            if (!one.name().equals("GetPublicKey")) {
                Key key = make(world, one.kind());
                Answer<?> dry = world.alice(one.name(), one.request().apply(new Ask(key.id(), true, List.of())));
                assertThat(dry.code()).isEqualTo("DryRunOperationException");
                assertThat(dry.notes().additional()).isEmpty();
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> event_showsTheAllowedMembersAlone() {
        return each(one -> {
            World world = new World();
            Operation<Object, Object> row = world.row(one.name());
            Facts shown = row.requestParameters()
                    .apply(one.request().apply(new Ask("some-key", true, List.of("token"))))
                    .orElseThrow();
            Map<String, Object> expected = new LinkedHashMap<>(one.shown());
            expected.put("keyId", "some-key");
            if (!one.name().equals("GetPublicKey")) {
                expected.put("dryRun", true);
            }
            assertThat(Json.of(shown)).isEqualTo(expected);
            assertThat(row.readOnly()).isTrue();

            Key key = make(world, one.kind());
            Answer<?> answer = world.alice(one.name(), one.request().apply(Ask.of(key.id())));
            assertThat(answer.effect().flatMap(e -> e.responseElements())).isEmpty();
            List<String> additional = new ArrayList<>();
            answer.notes()
                    .additional()
                    .ifPresent(facts -> additional.addAll(facts.asMap().keySet()));
            assertThat(additional)
                    .isEqualTo(one.name().startsWith("GenerateDataKey") ? List.of("keyMaterialId") : List.of());
        });
    }
}
