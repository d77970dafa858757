package dev.keytrail.kms;

import static dev.keytrail.kms.Requests.plain;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Material;
import dev.keytrail.wire.shape.kms.AlgorithmSpec;
import dev.keytrail.wire.shape.kms.CreateAliasRequest;
import dev.keytrail.wire.shape.kms.CreateGrantRequest;
import dev.keytrail.wire.shape.kms.CreateGrantResponse;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.CreateKeyResponse;
import dev.keytrail.wire.shape.kms.DataKeyPairSpec;
import dev.keytrail.wire.shape.kms.DataKeySpec;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.EnableKeyRotationRequest;
import dev.keytrail.wire.shape.kms.EncapsulateRequest;
import dev.keytrail.wire.shape.kms.EncapsulationAlgorithmSpec;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.ExpirationModelType;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GenerateRandomRequest;
import dev.keytrail.wire.shape.kms.GetKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.GetParametersForImportRequest;
import dev.keytrail.wire.shape.kms.GrantConstraints;
import dev.keytrail.wire.shape.kms.GrantOperation;
import dev.keytrail.wire.shape.kms.ImportKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.ImportType;
import dev.keytrail.wire.shape.kms.ListAliasesRequest;
import dev.keytrail.wire.shape.kms.ListGrantsRequest;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.PutKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import dev.keytrail.wire.shape.kms.RotateKeyOnDemandRequest;
import dev.keytrail.wire.shape.kms.WrappingKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * What the service gives the recorder, against AWS's published events: requestParameters, responseElements,
 * additionalEventData and resources, after putting the example's names in place of ours.
 */
class EventsTest {
    /** The key of the examples, and the destination of its ReEncrypt. */
    private static final String EXAMPLE = "1234abcd-12ab-34cd-56ef-1234567890ab";

    private static final String EXAMPLE_TWO = "0987dcba-09fe-87dc-65ba-ab0987654321";
    private static final String MATERIAL = "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0";
    private static final String MATERIAL_TWO = "96083e4fb6dbc41d77578a213a6b6669c044dd4c143e96755396d2bf11fd6068";

    private final World world = new World();
    private final Key key = world.newKey();
    private final Key two = world.newKey();
    private final Map<String, String> names = new LinkedHashMap<>(Map.of(
            key.id(),
            EXAMPLE,
            two.id(),
            EXAMPLE_TWO,
            key.currentMaterial().orElseThrow().id(),
            MATERIAL,
            two.currentMaterial().orElseThrow().id(),
            MATERIAL_TWO));

    @Test
    void encrypt() {
        matches("Encrypt", "Encrypt", encryptRequest(Map.of("Department", "Engineering"), key.arn()));
    }

    @Test
    void decrypt() {
        Map<String, String> context = Map.of("Department", "Engineering", "Project", "Alpha");
        matches(
                "Decrypt",
                "Decrypt",
                DecryptRequest.builder()
                        .ciphertextBlob(blob(context))
                        .keyId(key.arn())
                        .encryptionContext(context)
                        .build());
    }

    @Test
    void decrypt_withAnotherKey() {
        Map<String, String> context = context("Decrypt-failure");
        Bytes ofTwo = world.<EncryptRequest, EncryptResponse>alice("Encrypt", encryptRequest(context, two.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        matches(
                "Decrypt-failure",
                "Decrypt",
                DecryptRequest.builder()
                        .ciphertextBlob(ofTwo)
                        .keyId(key.arn())
                        .encryptionContext(context)
                        .build());
    }

    @Test
    void reEncrypt() {
        Map<String, String> context = Map.of("Project", "Alpha", "Department", "Engineering");
        matches(
                "ReEncrypt",
                "ReEncrypt",
                ReEncryptRequest.builder()
                        .ciphertextBlob(blob(context))
                        .sourceEncryptionContext(context)
                        .destinationKeyId(two.id())
                        .destinationEncryptionContext(Map.of("Level", "3A"))
                        .build());
    }

    @Test
    void generateDataKey() {
        GenerateDataKeyRequest.Builder request =
                GenerateDataKeyRequest.builder().keySpec(DataKeySpec.AES_256);
        matches(
                "GenerateDataKey",
                "GenerateDataKey",
                request.keyId(key.id())
                        .encryptionContext(Map.of("Department", "Engineering", "Project", "Alpha"))
                        .build());
        world.alice("CreateAlias", Requests.createAlias("alias/project-key", key.id()));
        // The example of 2020 is older than material ids in events.
        matches(
                "GenerateDataKey-by-alias",
                "GenerateDataKey",
                GenerateDataKeyRequest.builder()
                        .keySpec(DataKeySpec.AES_256)
                        .keyId("alias/project-key")
                        .build(),
                "additionalEventData");
    }

    @Test
    void generateDataKeyWithoutPlaintext_doneAndRefused() {
        var request = GenerateDataKeyWithoutPlaintextRequest.builder()
                .keyId(key.id())
                .keySpec(DataKeySpec.AES_256)
                .encryptionContext(Map.of("Project", "Alpha"))
                .build();
        matches("GenerateDataKeyWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", request);
        world.change(key, k -> Kinds.as(k, KeySpec.RSA_2048, KeyUsage.SIGN_VERIFY));
        matches("GenerateDataKeyWithoutPlaintext-failure", "GenerateDataKeyWithoutPlaintext", request);
    }

    @Test
    void generateDataKeyPair_withAndWithoutPlaintext() {
        matches(
                "GenerateDataKeyPair",
                "GenerateDataKeyPair",
                GenerateDataKeyPairRequest.builder()
                        .keyId(key.id())
                        .keyPairSpec(DataKeyPairSpec.RSA_3072)
                        .encryptionContext(Map.of("Project", "Alpha"))
                        .build());
        matches(
                "GenerateDataKeyPairWithoutPlaintext",
                "GenerateDataKeyPairWithoutPlaintext",
                GenerateDataKeyPairWithoutPlaintextRequest.builder()
                        .keyId(key.id())
                        .keyPairSpec(DataKeyPairSpec.RSA_4096)
                        .encryptionContext(Map.of("Index", "5"))
                        .build());
    }

    @Test
    void encapsulate() {
        Key kem = Pairs.make(
                world,
                dev.keytrail.wire.shape.kms.KeySpec.ML_KEM_768,
                dev.keytrail.wire.shape.kms.KeyUsageType.ENCAPSULATE_DECAPSULATE);
        names.put(kem.id(), EXAMPLE);
        matches(
                "Encapsulate",
                "Encapsulate",
                EncapsulateRequest.builder()
                        .keyId(kem.id())
                        .encapsulationAlgorithm(EncapsulationAlgorithmSpec.ML_KEM)
                        .build());
    }

    @Test
    void generateRandom() {
        matches(
                "GenerateRandom",
                "GenerateRandom",
                GenerateRandomRequest.builder().numberOfBytes(32).build());
    }

    @Test
    void describeEnableDisableCancel() {
        matches("DescribeKey", "DescribeKey", Requests.describe(key.id()));
        matches("DisableKey", "DisableKey", Requests.disable(key.id()));
        matches("EnableKey", "EnableKey", Requests.enable(key.id()));
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        matches("CancelKeyDeletion", "CancelKeyDeletion", Requests.cancel(key.id()));
    }

    @Test
    void scheduleKeyDeletion() {
        // The example's date is not a date, and it is older than pendingWindowInDays in the answer.
        Answer<?> answer = world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 20));
        Map<String, @Nullable Object> shown = Objects.requireNonNull(map(normalised(
                Json.of(answer.effect().orElseThrow().responseElements().orElseThrow()))));
        assertThat(shown.remove("deletionDate")).isEqualTo("Jan 21, 2026, 12:00:00 AM");
        assertThat(shown.remove("pendingWindowInDays")).isEqualTo(20L);
        Map<String, @Nullable Object> expected =
                map(Json.event("ScheduleKeyDeletion").get("responseElements"));
        expected.remove("deletionDate");
        assertThat(shown).isEqualTo(expected);
        world.alice("CancelKeyDeletion", Requests.cancel(key.id()));
        matches("ScheduleKeyDeletion", "ScheduleKeyDeletion", Requests.schedule(key.id(), 20), "responseElements");
    }

    @Test
    void aliases() {
        matches(
                "CreateAlias",
                "CreateAlias",
                CreateAliasRequest.builder()
                        .aliasName("alias/ExampleAlias")
                        .targetKeyId(key.id())
                        .build());
        world.alice("CreateAlias", Requests.createAlias("alias/my_alias", key.id()));
        matches("DeleteAlias", "DeleteAlias", Requests.deleteAlias("alias/my_alias"));
        String marker = String.valueOf(
                map(Json.event("ListAliases").get("requestParameters")).get("marker"));
        matches(
                "ListAliases",
                "ListAliases",
                ListAliasesRequest.builder().limit(5).marker(marker).build());
    }

    @Test
    void policies() {
        matches(
                "GetKeyPolicy",
                "GetKeyPolicy",
                GetKeyPolicyRequest.builder()
                        .keyId(key.id())
                        .policyName("default")
                        .build());
        String policy = String.valueOf(
                map(Json.event("PutKeyPolicy").get("requestParameters")).get("policy"));
        matches(
                "PutKeyPolicy",
                "PutKeyPolicy",
                PutKeyPolicyRequest.builder()
                        .keyId(key.id())
                        .policyName("default")
                        .policy(policy)
                        .build());
    }

    @Test
    void tags() {
        matches("UntagResource", "UntagResource", Requests.untag(key.arn(), "Dept"));
        // The example's null contradicts the rule beside it (cloudtrail.md C3): the key's ARN is shown.
        matches("TagResource", "TagResource", Requests.tag(key.arn(), "Department", "IT"), "responseElements");
        assertThat(world.alice("TagResource", Requests.tag(key.arn(), "a", "b"))
                        .effect()
                        .orElseThrow()
                        .responseElements())
                .contains(Facts.facts().put("keyId", key.arn()));
    }

    @Test
    void createKey_parametersHaveTheirDefaults() {
        CreateKeyRequest sent =
                CreateKeyRequest.builder().origin(OriginType.EXTERNAL).build();
        Operation<CreateKeyRequest, CreateKeyResponse> row = world.row("CreateKey");
        Map<String, @Nullable Object> shown =
                map(Json.of(row.requestParameters().apply(sent).orElseThrow()));
        // Newer examples than CreateKey's own have these two.
        assertThat(shown.remove("tags")).isEqualTo(List.of());
        assertThat(shown.remove("multiRegion")).isEqualTo(false);
        assertThat(shown).isEqualTo(Json.event("CreateKey").get("requestParameters"));

        CreateKeyRequest external = CreateKeyRequest.builder()
                .origin(OriginType.EXTERNAL_KEY_STORE)
                .customKeyStoreId("cks-1234567890abcdef0")
                .xksKeyId("bb8562717f809024")
                .build();
        assertThat(Json.of(row.requestParameters().apply(external).orElseThrow()))
                .isEqualTo(Json.event("CreateKey-xks").get("requestParameters"));
    }

    @Test
    void createKey_responseIsTheMetadata() {
        Answer<CreateKeyResponse> answer =
                world.alice("CreateKey", CreateKeyRequest.builder().build());
        String id = answer.reply().keyMetadata().orElseThrow().keyId().orElseThrow();
        names.clear();
        names.put(id, EXAMPLE);
        Map<String, @Nullable Object> shown = metadata(normalised(
                Json.of(answer.effect().orElseThrow().responseElements().orElseThrow())));
        Map<String, @Nullable Object> expected =
                metadata(Json.event("CreateKey").get("responseElements"));

        assertThat(shown.remove("creationDate")).isEqualTo("Jan 1, 2026, 12:00:00 AM");
        expected.remove("creationDate");
        // The example's key waits for an import, and spells the account's member as no other example does.
        expected.put("origin", "AWS_KMS");
        expected.put("enabled", true);
        expected.put("keyState", "Enabled");
        expected.put("aWSAccountId", expected.remove("AWSAccountId"));
        assertThat(shown).isEqualTo(expected);
        assertThat(resources(answer)).isEqualTo(resources(Json.event("CreateKey")));
    }

    @Test
    void createGrant() {
        CreateGrantRequest toService = CreateGrantRequest.builder()
                .keyId(key.arn())
                .constraints(GrantConstraints.builder()
                        .sourceArn("arn:aws:dynamodb:us-east-1:111122223333:table/ExampleTable")
                        .build())
                .operations(List.of(GrantOperation.Encrypt, GrantOperation.Decrypt, GrantOperation.GenerateDataKey))
                .granteeServicePrincipal("service-name.amazonaws.com")
                .retiringServicePrincipal("service-name.amazonaws.com")
                .build();
        matches("CreateGrant-service-principal", "CreateGrant", toService, "responseElements");
        CreateGrantRequest request = CreateGrantRequest.builder()
                .keyId(key.arn())
                .constraints(GrantConstraints.builder()
                        .encryptionContextSubset(Map.of("ContextKey1", "Value1"))
                        .build())
                .operations(List.of(GrantOperation.Encrypt, GrantOperation.RetireGrant))
                .granteePrincipal("service-name.amazonaws.com")
                .build();
        matches("CreateGrant", "CreateGrant", request, "responseElements");
        Answer<CreateGrantResponse> answer = world.alice("CreateGrant", request);
        names.put(
                answer.reply().grantId().orElseThrow(),
                "f020fe75197b93991dc8491d6f19dd3cebb24ee62277a05914386724f3d48758");
        assertThat(normalised(
                        Json.of(answer.effect().orElseThrow().responseElements().orElseThrow())))
                .isEqualTo(Json.event("CreateGrant").get("responseElements"));
    }

    @Test
    void listGrants() {
        String marker = String.valueOf(
                map(Json.event("ListGrants").get("requestParameters")).get("marker"));
        ListGrantsRequest request = ListGrantsRequest.builder()
                .keyId(key.id())
                .limit(10)
                .marker(marker)
                .build();
        // A made-up marker is refused; its parameters are shown all the same.
        matches("ListGrants", "ListGrants", request, "errorCode");
    }

    @Test
    void enableKeyRotation() {
        matches(
                "EnableKeyRotation",
                "EnableKeyRotation",
                EnableKeyRotationRequest.builder()
                        .keyId(key.id())
                        .rotationPeriodInDays(180)
                        .build());
    }

    @Test
    void rotateKeyOnDemand_andTheRotationItself() {
        RotateKeyOnDemandRequest request =
                RotateKeyOnDemandRequest.builder().keyId(key.id()).build();
        matches("RotateKeyOnDemand", "RotateKeyOnDemand", request);
        names.put(world.key(key.id()).currentMaterial().orElseThrow().id(), MATERIAL_TWO);
        Answer<Object> second = world.alice("RotateKeyOnDemand", request);
        ServiceEvent event = second.effect().orElseThrow().further().getFirst();
        Map<String, @Nullable Object> details =
                map(normalised(Json.of(event.serviceEventDetails().orElseThrow())));
        Map<String, @Nullable Object> golden =
                map(Json.event("RotateKey-on-demand").get("serviceEventDetails"));
        assertThat(event.name()).isEqualTo("RotateKey");
        assertThat(event.responseElements()).isEmpty();
        assertThat(details.keySet()).isEqualTo(golden.keySet());
        assertThat(details)
                .containsEntry("rotationType", "ON_DEMAND")
                .containsEntry("keyOrigin", "AWS_KMS")
                .containsEntry("previousKeyMaterialId", MATERIAL_TWO)
                .containsEntry("keyId", EXAMPLE);
    }

    @Test
    void rotateKey_serviceEvent() {
        world.alice(
                "EnableKeyRotation",
                EnableKeyRotationRequest.builder().keyId(key.id()).build());
        world.clock.advance(java.time.Duration.ofDays(365));
        world.runJobs();
        names.put(world.key(key.id()).currentMaterial().orElseThrow().id(), MATERIAL_TWO);
        ServiceEvent event = world.serviceEvents.getFirst();
        Map<String, @Nullable Object> golden = Json.event("RotateKey");
        assertThat(event.name()).isEqualTo(golden.get("eventName"));
        assertThat(event.responseElements()).isEmpty();
        assertThat(normalised(Json.of(event.serviceEventDetails().orElseThrow())))
                .isEqualTo(golden.get("serviceEventDetails"));
    }

    @Test
    void importKeyMaterial_andItsPreparationAndEnd() {
        Key external = world.newKey(
                CreateKeyRequest.builder().origin(OriginType.EXTERNAL).build());
        names.put(external.id(), EXAMPLE);
        matches(
                "GetParametersForImport",
                "GetParametersForImport",
                GetParametersForImportRequest.builder()
                        .keyId(external.id())
                        .wrappingAlgorithm(AlgorithmSpec.RSAES_OAEP_SHA_256)
                        .wrappingKeySpec(WrappingKeySpec.RSA_2048)
                        .build());
        ImportKeyMaterialRequest refused = ImportKeyMaterialRequest.builder()
                .keyId(external.id())
                .importToken(Bytes.utf8("x"))
                .encryptedKeyMaterial(Bytes.utf8("x"))
                .validTo(Instant.parse("2025-05-21T05:47:45Z"))
                .expirationModel(ExpirationModelType.KEY_MATERIAL_EXPIRES)
                .importType(ImportType.NEW_KEY_MATERIAL)
                .keyMaterialDescription("ExampleKeyMaterialA")
                .build();
        Operation<ImportKeyMaterialRequest, Object> row = world.row("ImportKeyMaterial");
        assertThat(normalised(Json.of(row.requestParameters().apply(refused).orElseThrow())))
                .isEqualTo(Json.event("ImportKeyMaterial").get("requestParameters"));

        Material material = new Material(
                key.currentMaterial().orElseThrow().wrapped(),
                Material.Standing.CURRENT,
                java.util.Optional.empty(),
                java.util.Optional.of(new Material.Imported(java.util.Optional.of(world.clock.instant()), "")));
        world.change(external, k -> k.withMaterials(List.of(material)));
        Due due = Due.of(external, world.clock.instant());
        world.ledger.put(Due.EXPIRIES, due.rowKey(), due);
        matches(
                "DeleteImportedKeyMaterial",
                "DeleteImportedKeyMaterial",
                DeleteImportedKeyMaterialRequest.builder()
                        .keyId(external.id())
                        .keyMaterialId(material.id())
                        .build());
        world.change(external, k -> k.withMaterials(List.of(material)));
        world.runJobs();
        ServiceEvent event = world.serviceEvents.getFirst();
        Map<String, @Nullable Object> golden = Json.event("DeleteExpiredKeyMaterial");
        assertThat(event.name()).isEqualTo(golden.get("eventName"));
        assertThat(event.responseElements()).isEmpty();
        assertThat(normalised(Json.of(event.serviceEventDetails().orElseThrow())))
                .isEqualTo(golden.get("serviceEventDetails"));
    }

    @Test
    void deleteKey_serviceEvent() {
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        world.clock.advance(java.time.Duration.ofDays(7));
        world.runJobs();
        ServiceEvent event = world.serviceEvents.getFirst();
        Map<String, @Nullable Object> golden = Json.event("DeleteKey");

        assertThat(event.name()).isEqualTo(golden.get("eventName"));
        assertThat(event.service().eventSource()).isEqualTo(golden.get("eventSource"));
        assertThat(normalised(Json.of(event.responseElements().orElseThrow())))
                .isEqualTo(Json.event("DeleteKey-cloudhsm").get("responseElements"));
        assertThat(event.additionalEventData()).isEmpty();
        assertThat(event.serviceEventDetails()).isEmpty();
    }

    @Test
    void secrets_neverInFacts() {
        // Facts take no Secret or Bytes; what is left to prove is that no text member carries one.
        var request = EncryptRequest.builder()
                .keyId(key.id())
                .plaintext(plain("attack at dawn"))
                .grantTokens(List.of("secret-token"))
                .build();
        Operation<EncryptRequest, EncryptResponse> row = world.row("Encrypt");
        assertThat(String.valueOf(Json.of(row.requestParameters().apply(request).orElseThrow())))
                .doesNotContain("attack")
                .doesNotContain("secret-token");
    }

    private <I> void matches(String golden, String operation, I request, String... except) {
        Map<String, @Nullable Object> expected = Json.event(golden);
        Operation<I, Object> row = world.row(operation);
        Answer<Object> answer = world.alice(operation, request);
        Map<String, @Nullable Object> got = new LinkedHashMap<>();
        got.put(
                "requestParameters",
                row.requestParameters().apply(request).map(Json::of).orElse(null));
        got.put(
                "responseElements",
                answer.effect().flatMap(e -> e.responseElements()).map(Json::of).orElse(null));
        got.put("additionalEventData", answer.notes().additional().map(Json::of).orElse(null));
        got.put("errorCode", answer.error().map(e -> e.code()).orElse(null));
        for (String member : got.keySet()) {
            // A made-up marker is refused; its parameters are shown all the same.
            boolean skipped =
                    List.of(except).contains(member) || golden.equals("ListAliases") && member.equals("errorCode");
            if (!skipped) {
                assertThat(normalised(got.get(member))).as(member).isEqualTo(expected.get(member));
            }
        }
        assertThat(row.readOnly()).as("readOnly").isEqualTo(expected.get("readOnly"));
        assertThat(resources(answer)).as("resources").isEqualTo(resources(expected));
    }

    private List<String> resources(Answer<?> answer) {
        List<String> list = new ArrayList<>();
        answer.notes().resources().forEach(r -> {
            assertThat(r.type()).isEqualTo(Key.RESOURCE_TYPE);
            list.add(r.account() + " " + normalised(r.arn()));
        });
        return list;
    }

    /** Account and ARN; old examples lack the type, and one is in two Regions. */
    private static List<String> resources(Map<String, @Nullable Object> event) {
        List<String> list = new ArrayList<>();
        for (Object resource : (List<?>) Objects.requireNonNull(event.get("resources"))) {
            Map<String, @Nullable Object> entry = map(resource);
            list.add(entry.get("accountId")
                    + " "
                    + String.valueOf(entry.get("ARN")).replace("us-east-1", World.REGION));
        }
        return list;
    }

    private @Nullable Object normalised(@Nullable Object value) {
        return switch (value) {
            case Map<?, ?> map -> {
                Map<String, @Nullable Object> copy = new LinkedHashMap<>();
                map.forEach((k, v) -> copy.put(String.valueOf(k), normalised(v)));
                yield copy;
            }
            case List<?> list -> list.stream().map(this::normalised).toList();
            case String text -> {
                String result = text;
                for (Map.Entry<String, String> name : names.entrySet()) {
                    result = result.replace(name.getKey(), name.getValue());
                }
                yield result;
            }
            case null, default -> value;
        };
    }

    private static Map<String, @Nullable Object> metadata(@Nullable Object response) {
        return map(map(response).get("keyMetadata"));
    }

    @SuppressWarnings("unchecked")
    private static Map<String, @Nullable Object> map(@Nullable Object value) {
        return (Map<String, @Nullable Object>) Objects.requireNonNull(value);
    }

    @SuppressWarnings("unchecked")
    private static Map<String, String> context(String golden) {
        return (Map<String, String>)
                (Map<?, ?>) map(map(Json.event(golden).get("requestParameters")).get("encryptionContext"));
    }

    private static EncryptRequest encryptRequest(Map<String, String> context, String keyId) {
        return EncryptRequest.builder()
                .keyId(keyId)
                .plaintext(plain("x"))
                .encryptionContext(context)
                .build();
    }

    private Bytes blob(Map<String, String> context) {
        return world.<EncryptRequest, EncryptResponse>alice("Encrypt", encryptRequest(context, key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
    }
}
