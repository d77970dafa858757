package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.testkit.SeededEntropy;
import dev.keytrail.wire.shape.kms.AlgorithmSpec;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.DeleteImportedKeyMaterialResponse;
import dev.keytrail.wire.shape.kms.DescribeKeyRequest;
import dev.keytrail.wire.shape.kms.DescribeKeyResponse;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.ExpirationModelType;
import dev.keytrail.wire.shape.kms.GetParametersForImportRequest;
import dev.keytrail.wire.shape.kms.GetParametersForImportResponse;
import dev.keytrail.wire.shape.kms.ImportKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.ImportKeyMaterialResponse;
import dev.keytrail.wire.shape.kms.ImportState;
import dev.keytrail.wire.shape.kms.ImportType;
import dev.keytrail.wire.shape.kms.IncludeKeyMaterial;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.ListKeyRotationsRequest;
import dev.keytrail.wire.shape.kms.ListKeyRotationsResponse;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.RotateKeyOnDemandRequest;
import dev.keytrail.wire.shape.kms.RotationsListEntry;
import dev.keytrail.wire.shape.kms.WrappingKeySpec;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** kms.md section 10. */
class ImportTest {
    private final World world = new World();
    private final SeededEntropy entropy = new SeededEntropy(77);
    private final Key key = external(KeySpec.SYMMETRIC_DEFAULT, KeyUsageType.ENCRYPT_DECRYPT);

    private Key external(KeySpec spec, KeyUsageType usage) {
        return world.newKey(CreateKeyRequest.builder()
                .origin(OriginType.EXTERNAL)
                .keySpec(spec)
                .keyUsage(usage)
                .build());
    }

    private GetParametersForImportResponse parameters(Key of, AlgorithmSpec algorithm, WrappingKeySpec spec) {
        return world.<GetParametersForImportRequest, GetParametersForImportResponse>alice(
                        "GetParametersForImport",
                        GetParametersForImportRequest.builder()
                                .keyId(of.id())
                                .wrappingAlgorithm(algorithm)
                                .wrappingKeySpec(spec)
                                .build())
                .reply();
    }

    private GetParametersForImportResponse parameters(Key of) {
        return parameters(of, AlgorithmSpec.RSAES_OAEP_SHA_256, WrappingKeySpec.RSA_2048);
    }

    /** What an importer does, with the JDK alone. */
    static Bytes wrap(GetParametersForImportResponse parameters, AlgorithmSpec algorithm, byte[] material) {
        try {
            PublicKey publicKey = KeyFactory.getInstance("RSA")
                    .generatePublic(new X509EncodedKeySpec(
                            parameters.publicKey().orElseThrow().reveal()));
            String hash = algorithm.value().endsWith("SHA_1") ? "SHA-1" : "SHA-256";
            Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding");
            oaep.init(
                    Cipher.ENCRYPT_MODE,
                    publicKey,
                    new OAEPParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), PSource.PSpecified.DEFAULT));
            if (algorithm.value().startsWith("RSAES")) {
                return Bytes.adopt(oaep.doFinal(material));
            }
            byte[] once = new byte[32];
            java.util.Arrays.fill(once, (byte) 7);
            Cipher padded = Cipher.getInstance("AES/KWP/NoPadding");
            padded.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(once, "AES"));
            byte[] first = oaep.doFinal(once);
            byte[] second = padded.doFinal(material);
            byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, both, first.length, second.length);
            return Bytes.adopt(both);
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private ImportKeyMaterialRequest.Builder request(Key of, byte[] material) {
        GetParametersForImportResponse parameters = parameters(of);
        return ImportKeyMaterialRequest.builder()
                .keyId(of.id())
                .importToken(parameters.importToken().orElseThrow())
                .encryptedKeyMaterial(wrap(parameters, AlgorithmSpec.RSAES_OAEP_SHA_256, material))
                .expirationModel(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE);
    }

    private Answer<ImportKeyMaterialResponse> imports(ImportKeyMaterialRequest.Builder request) {
        return world.alice("ImportKeyMaterial", request.build());
    }

    private KeyMetadata described(Key of) {
        return world.<DescribeKeyRequest, DescribeKeyResponse>alice("DescribeKey", Requests.describe(of.id()))
                .reply()
                .keyMetadata()
                .orElseThrow();
    }

    private Answer<DeleteImportedKeyMaterialResponse> delete(Optional<String> materialId) {
        return world.alice(
                "DeleteImportedKeyMaterial",
                DeleteImportedKeyMaterialRequest.builder()
                        .keyId(key.id())
                        .keyMaterialId(materialId)
                        .build());
    }

    private Answer<?> rotate() {
        return world.alice(
                "RotateKeyOnDemand",
                RotateKeyOnDemandRequest.builder().keyId(key.id()).build());
    }

    private List<RotationsListEntry> listed() {
        return world.<ListKeyRotationsRequest, ListKeyRotationsResponse>alice(
                        "ListKeyRotations",
                        ListKeyRotationsRequest.builder()
                                .keyId(key.id())
                                .includeKeyMaterial(IncludeKeyMaterial.ALL_KEY_MATERIAL)
                                .build())
                .reply()
                .rotations()
                .orElseThrow();
    }

    private Bytes encrypted() {
        return world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
    }

    private String decrypts(Bytes blob) {
        return world.<DecryptRequest, Object>alice("Decrypt", Requests.decrypt(blob))
                .code();
    }

    @Test
    void externalKey_waitsForMaterial_thenWorks() {
        KeyMetadata before = described(key);
        assertThat(before.keyState()).contains(dev.keytrail.wire.shape.kms.KeyState.PendingImport);
        assertThat(before.enabled()).contains(false);
        assertThat(before.currentKeyMaterialId()).isEmpty();
        assertThat(before.expirationModel()).isEmpty();
        assertThat(world.alice("Encrypt", Requests.encrypt(key.id())).message())
                .isEqualTo(key.arn() + " is pending import.");

        Answer<ImportKeyMaterialResponse> answer = imports(request(key, entropy.bytes(32)));
        assertThat(answer.reply().keyId()).contains(key.arn());
        KeyMetadata after = described(key);
        assertThat(after.enabled()).contains(true);
        assertThat(after.currentKeyMaterialId()).isEqualTo(answer.reply().keyMaterialId());
        assertThat(after.expirationModel()).contains(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE);
        assertThat(decrypts(encrypted())).isEqualTo("ok");
    }

    @ParameterizedTest
    @CsvSource({
        "RSAES_OAEP_SHA_1, RSA_2048",
        "RSAES_OAEP_SHA_256, RSA_3072",
        "RSA_AES_KEY_WRAP_SHA_1, RSA_2048",
        "RSA_AES_KEY_WRAP_SHA_256, RSA_4096"
    })
    void everyWrapping_opens(AlgorithmSpec algorithm, WrappingKeySpec spec)
            throws java.security.GeneralSecurityException {
        Key signing = external(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
        GetParametersForImportResponse parameters = parameters(signing, algorithm, spec);
        assertThat(parameters.keyId()).contains(signing.arn());
        assertThat(parameters.parametersValidTo())
                .contains(world.clock.instant().plus(Duration.ofHours(24)));
        assertThat(parameters.importToken().orElseThrow().size()).isLessThan(6144);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        byte[] material = generator.generateKeyPair().getPrivate().getEncoded();
        assertThat(imports(ImportKeyMaterialRequest.builder()
                                .keyId(signing.id())
                                .importToken(parameters.importToken().orElseThrow())
                                .encryptedKeyMaterial(wrap(parameters, algorithm, material))
                                .validTo(world.clock.instant().plus(Duration.ofDays(1))))
                        .code())
                .isEqualTo("ok");
    }

    @ParameterizedTest
    @CsvSource({
        "SYMMETRIC_DEFAULT, ENCRYPT_DECRYPT, RSA_AES_KEY_WRAP_SHA_256, RSA_3072",
        "HMAC_256, GENERATE_VERIFY_MAC, RSA_AES_KEY_WRAP_SHA_1, RSA_4096",
        "RSA_2048, SIGN_VERIFY, RSAES_OAEP_SHA_256, RSA_4096",
        "ECC_NIST_P521, SIGN_VERIFY, RSAES_OAEP_SHA_1, RSA_2048",
        "ECC_NIST_P256, SIGN_VERIFY, SM2PKE, RSA_2048"
    })
    void wrapping_thatDoesNotGoWithTheMaterial_isRefusedInAwsWords(
            KeySpec of, KeyUsageType usage, AlgorithmSpec algorithm, WrappingKeySpec spec) {
        Answer<?> answer = world.alice(
                "GetParametersForImport",
                GetParametersForImportRequest.builder()
                        .keyId(external(of, usage).id())
                        .wrappingAlgorithm(algorithm)
                        .wrappingKeySpec(spec)
                        .build());
        assertThat(answer.code()).isEqualTo("ValidationException");
        assertThat(answer.message())
                .isEqualTo("Wrapping algorithm " + algorithm + " and wrapping key spec " + spec
                        + " cannot be used to import a " + of + " key.");
    }

    @Test
    void otherKinds_takeTheirOneMaterial_andNoOther() throws java.security.GeneralSecurityException {
        Key mac = external(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
        byte[] content = entropy.bytes(32);
        assertThat(imports(request(mac, entropy.bytes(31))).code()).isEqualTo("IncorrectKeyMaterialException");
        Answer<ImportKeyMaterialResponse> answer = imports(request(mac, content));
        assertThat(answer.reply().keyMaterialId()).isEmpty();
        assertThat(imports(request(mac, content)).code()).isEqualTo("ok");
        assertThat(imports(request(mac, entropy.bytes(32))).code()).isEqualTo("IncorrectKeyMaterialException");
        assertThat(imports(request(mac, content).importType(ImportType.NEW_KEY_MATERIAL))
                        .code())
                .isEqualTo("ValidationException");

        Key signing = external(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        var pair = generator.generateKeyPair();
        assertThat(imports(request(signing, entropy.bytes(32))).code()).isEqualTo("IncorrectKeyMaterialException");
        assertThat(imports(request(signing, pair.getPrivate().getEncoded())).code())
                .isEqualTo("ok");
        assertThat(world.key(signing.id()).publicKey().orElseThrow().toArray())
                .isEqualTo(pair.getPublic().getEncoded());
        assertThat(imports(request(
                                signing,
                                generator.generateKeyPair().getPrivate().getEncoded()))
                        .code())
                .isEqualTo("IncorrectKeyMaterialException");
    }

    @Test
    void expiration_membersMustGoTogether() {
        Instant now = world.clock.instant();
        byte[] content = entropy.bytes(32);
        assertThat(imports(request(key, content).expirationModel(Optional.empty()))
                        .message())
                .isEqualTo("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
        for (Instant bad : List.of(now, now.minusSeconds(1), now.plus(Duration.ofDays(366)))) {
            assertThat(imports(request(key, content)
                                    .expirationModel(ExpirationModelType.KEY_MATERIAL_EXPIRES)
                                    .validTo(bad))
                            .code())
                    .isEqualTo("ValidationException");
        }
        assertThat(imports(request(key, content).validTo(now.plusSeconds(60))).code())
                .isEqualTo("ValidationException");
    }

    @Test
    void token_isForItsKeyAndDay() {
        Key other = external(KeySpec.SYMMETRIC_DEFAULT, KeyUsageType.ENCRYPT_DECRYPT);
        ImportKeyMaterialRequest.Builder mine = request(key, entropy.bytes(32));
        assertThat(imports(mine.keyId(other.id())).code()).isEqualTo("InvalidImportTokenException");
        mine.keyId(key.id());
        assertThat(imports(request(key, entropy.bytes(32)).importToken(Bytes.utf8("made up")))
                        .code())
                .isEqualTo("InvalidImportTokenException");
        assertThat(imports(request(key, entropy.bytes(32)).encryptedKeyMaterial(Bytes.utf8("made up")))
                        .code())
                .isEqualTo("InvalidCiphertextException");
        assertThat(imports(request(key, entropy.bytes(16))).code()).isEqualTo("IncorrectKeyMaterialException");
        world.clock.advance(Duration.ofHours(24).minusMillis(1));
        assertThat(imports(mine).code()).isEqualTo("ok");
        world.clock.advance(Duration.ofMillis(1));
        assertThat(imports(mine).code()).isEqualTo("ExpiredImportTokenException");
    }

    @Test
    void badRequests() {
        Key own = world.newKey();
        GetParametersForImportRequest.Builder request = GetParametersForImportRequest.builder()
                .keyId(own.id())
                .wrappingAlgorithm(AlgorithmSpec.RSAES_OAEP_SHA_256)
                .wrappingKeySpec(WrappingKeySpec.RSA_2048);
        assertThat(world.alice("GetParametersForImport", request.build()).message())
                .isEqualTo(own.arn() + " origin is AWS_KMS which is not valid for this operation.");
        request.keyId(key.id());
        assertThat(world.alice(
                                "GetParametersForImport",
                                request.wrappingAlgorithm(AlgorithmSpec.RSAES_PKCS1_V1_5)
                                        .build())
                        .code())
                .isEqualTo("UnsupportedOperationException");
        assertThat(world.alice(
                                "GetParametersForImport",
                                request.wrappingAlgorithm(AlgorithmSpec.SM2PKE).build())
                        .code())
                .isEqualTo("ValidationException");
        assertThat(world.alice(
                                "GetParametersForImport",
                                request.wrappingKeySpec(WrappingKeySpec.SM2).build())
                        .code())
                .isEqualTo("UnsupportedOperationException");
    }

    @Test
    void severalMaterials_waitRotateAndStay() {
        byte[] first = entropy.bytes(32);
        String one = imports(request(key, first)).reply().keyMaterialId().orElseThrow();
        Bytes blob = encrypted();
        assertThat(rotate().message())
                .isEqualTo("No available key material pending rotation for the key: " + key.arn() + ".");
        // Without ImportType material that is not there yet is refused.
        byte[] second = entropy.bytes(32);
        assertThat(imports(request(key, second)).code()).isEqualTo("IncorrectKeyMaterialException");
        String two = imports(request(key, second)
                        .importType(ImportType.NEW_KEY_MATERIAL)
                        .keyMaterialDescription("next"))
                .reply()
                .keyMaterialId()
                .orElseThrow();
        assertThat(described(key).currentKeyMaterialId()).contains(one);
        byte[] third = entropy.bytes(32);
        String three = dev.keytrail.crypto.MaterialId.of(key.id(), dev.keytrail.call.Secret.copyOf(third));
        assertThat(imports(request(key, third).importType(ImportType.NEW_KEY_MATERIAL))
                        .message())
                .isEqualTo("New key material (id: " + three + ") cannot be imported into KMS key " + key.arn()
                        + ", because another key material (id: " + two + ") is pending rotation.");

        assertThat(rotate().code()).isEqualTo("ok");
        assertThat(described(key).currentKeyMaterialId()).contains(two);
        assertThat(decrypts(blob)).isEqualTo("ok");
        assertThat(listed())
                .extracting(e -> e.keyMaterialState().orElseThrow().value())
                .containsExactly("NON_CURRENT", "CURRENT");
        assertThat(listed().getLast().keyMaterialDescription()).contains("next");

        // The old one is needed for ever.
        assertThat(delete(Optional.of(one)).reply().keyMaterialId()).contains(one);
        assertThat(world.key(key.id()).state()).isEqualTo(KeyState.PENDING_IMPORT);
        assertThat(listed().getFirst().importState()).contains(ImportState.PENDING_IMPORT);
        assertThat(decrypts(blob)).isEqualTo("KMSInvalidStateException");
        assertThat(imports(request(key, first).keyMaterialId(two)).code()).isEqualTo("IncorrectKeyMaterialException");
        assertThat(imports(request(key, first).keyMaterialId(one)).code()).isEqualTo("ok");
        assertThat(decrypts(blob)).isEqualTo("ok");
        assertThat(described(key).currentKeyMaterialId()).contains(two);
    }

    @Test
    void delete_twiceAndOfNothing_hasNoEffect() {
        assertThat(delete(Optional.empty()).reply().keyMaterialId()).isEmpty();
        byte[] content = entropy.bytes(32);
        String id = imports(request(key, content)).reply().keyMaterialId().orElseThrow();
        for (int i = 0; i < 2; i++) {
            assertThat(delete(Optional.empty()).reply().keyMaterialId()).contains(id);
            assertThat(world.key(key.id()).state()).isEqualTo(KeyState.PENDING_IMPORT);
        }
        assertThat(described(key).currentKeyMaterialId()).contains(id);
        assertThat(described(key).expirationModel()).isEmpty();
        assertThat(imports(request(key, entropy.bytes(32))).code()).isEqualTo("IncorrectKeyMaterialException");
        assertThat(imports(request(key, content)).reply().keyMaterialId()).contains(id);
        assertThat(world.key(key.id()).state()).isEqualTo(KeyState.ENABLED);
        // A key that is about to go keeps its state, and comes back as what it is.
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        delete(Optional.empty());
        assertThat(world.key(key.id()).state()).isEqualTo(KeyState.PENDING_DELETION);
        world.alice("CancelKeyDeletion", Requests.cancel(key.id()));
        assertThat(world.key(key.id()).state()).isEqualTo(KeyState.PENDING_IMPORT);
    }

    @Test
    void expiry_deletesAtItsTime_andOnlyWhatIsStillDue() {
        byte[] content = entropy.bytes(32);
        Instant soon = world.clock.instant().plus(Duration.ofHours(1));
        ImportKeyMaterialRequest.Builder expiring = request(key, content)
                .expirationModel(ExpirationModelType.KEY_MATERIAL_EXPIRES)
                .validTo(soon);
        String id = imports(expiring).reply().keyMaterialId().orElseThrow();
        assertThat(described(key).validTo()).contains(soon);
        // Imported again with a later date: the first date no longer counts.
        Instant later = soon.plus(Duration.ofHours(1));
        assertThat(imports(expiring.validTo(later)).code()).isEqualTo("ok");
        world.clock.advance(Duration.ofHours(1));
        world.runJobs();
        assertThat(world.serviceEvents).isEmpty();
        world.clock.advance(Duration.ofHours(1));
        world.runJobs();
        world.runJobs();
        assertThat(world.key(key.id()).state()).isEqualTo(KeyState.PENDING_IMPORT);
        assertThat(world.serviceEvents).singleElement().satisfies(event -> {
            assertThat(event.name()).isEqualTo("DeleteExpiredKeyMaterial");
            assertThat(event.serviceEventDetails().orElseThrow().get("keyMaterialId"))
                    .contains(id);
        });
        assertThat(imports(request(key, content)).code()).isEqualTo("ok");
        assertThat(world.serviceEvents).extracting(ServiceEvent::name).hasSize(1);
    }
}
