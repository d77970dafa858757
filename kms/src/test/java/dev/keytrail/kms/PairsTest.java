package dev.keytrail.kms;

import static dev.keytrail.kms.Requests.plain;
import static dev.keytrail.kms.Requests.text;
import static dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec.RSAES_OAEP_SHA_1;
import static dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.wire.shape.kms.DataKeyPairSpec;
import dev.keytrail.wire.shape.kms.DecapsulateRequest;
import dev.keytrail.wire.shape.kms.DecapsulateResponse;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DecryptResponse;
import dev.keytrail.wire.shape.kms.DeriveSharedSecretRequest;
import dev.keytrail.wire.shape.kms.DeriveSharedSecretResponse;
import dev.keytrail.wire.shape.kms.EncapsulateRequest;
import dev.keytrail.wire.shape.kms.EncapsulateResponse;
import dev.keytrail.wire.shape.kms.EncapsulationAlgorithmSpec;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairResponse;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairWithoutPlaintextResponse;
import dev.keytrail.wire.shape.kms.GetPublicKeyRequest;
import dev.keytrail.wire.shape.kms.GetPublicKeyResponse;
import dev.keytrail.wire.shape.kms.KeyAgreementAlgorithmSpec;
import dev.keytrail.wire.shape.kms.KeyMetadata;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.OriginType;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import dev.keytrail.wire.shape.kms.ReEncryptResponse;
import dev.keytrail.wire.shape.kms.RecipientInfo;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.KEM;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What key pairs do besides signing: encryption, agreement, encapsulation, and pairs to hand out. */
class PairsTest {
    private final World world = new World();

    private Key rsa() {
        return Pairs.make(world, KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT);
    }

    private static EncryptRequest.Builder encrypt(Key key, int bytes, EncryptionAlgorithmSpec algorithm) {
        return EncryptRequest.builder()
                .keyId(key.id())
                .plaintext(plain("x".repeat(bytes)))
                .encryptionAlgorithm(algorithm);
    }

    private static DecryptRequest decrypt(Key key, Bytes blob, EncryptionAlgorithmSpec algorithm) {
        return DecryptRequest.builder()
                .keyId(key.id())
                .ciphertextBlob(blob)
                .encryptionAlgorithm(algorithm)
                .build();
    }

    // CreateKey and GetPublicKey

    @ParameterizedTest
    @EnumSource(
            value = KeySpec.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SM2", "RSA_4096"})
    void createKey_everySpecAndUsage_hasItsAlgorithmsAndItsPublicKey(KeySpec spec) {
        var known = dev.keytrail.kms.key.KeySpec.valueOf(spec.value());
        for (KeyUsageType usage : KeyUsageType.values()) {
            var use = dev.keytrail.kms.key.KeyUsage.valueOf(usage.value());
            Answer<dev.keytrail.wire.shape.kms.CreateKeyResponse> answer =
                    world.alice("CreateKey", Pairs.request(spec, usage));
            if (!known.allows(use)) {
                assertThat(answer.code()).isEqualTo("ValidationException");
                assertThat(answer.message()).isEqualTo("KeyUsage " + usage + " is not compatible with KeySpec " + spec);
                continue;
            }
            KeyMetadata made = answer.reply().keyMetadata().orElseThrow();
            assertThat(made.keySpec()).contains(spec);
            assertThat(made.keyUsage()).contains(usage);
            assertThat(made.currentKeyMaterialId().isPresent()).isEqualTo(spec == KeySpec.SYMMETRIC_DEFAULT);
            Key key = world.key(made.keyId().orElseThrow());
            boolean pair = known.kind() == dev.keytrail.kms.key.KeySpec.Kind.ASYMMETRIC;
            assertThat(key.publicKey().isPresent()).isEqualTo(pair);
            Answer<GetPublicKeyResponse> shown = world.alice(
                    "GetPublicKey",
                    GetPublicKeyRequest.builder().keyId(key.arn()).build());
            if (pair) {
                assertThat(shown.reply().publicKey()).isEqualTo(key.publicKey());
                assertThat(shown.reply().keyId()).contains(key.arn());
                assertThat(shown.reply().keySpec()).contains(spec);
                assertThat(shown.reply().keyUsage()).contains(usage);
                assertThat(shown.reply().signingAlgorithms()).isEqualTo(made.signingAlgorithms());
                assertThat(shown.reply().encryptionAlgorithms()).isEqualTo(made.encryptionAlgorithms());
                assertThat(shown.reply().keyAgreementAlgorithms()).isEqualTo(made.keyAgreementAlgorithms());
                assertThat(shown.reply().encapsulationAlgorithms()).isEqualTo(made.encapsulationAlgorithms());
            } else {
                assertThat(shown.code()).isEqualTo("UnsupportedOperationException");
            }
        }
    }

    @Test
    void getPublicKey_disabledSymmetricKey_stateComesBeforeKind() {
        Key key = world.newKey();
        world.change(key, k -> k.withState(KeyState.DISABLED));
        assertThat(world.alice(
                                "GetPublicKey",
                                GetPublicKeyRequest.builder().keyId(key.id()).build())
                        .code())
                .isEqualTo("DisabledException");
    }

    @Test
    void keyRow_withPublicKey_isReadBack() {
        Key key = Pairs.make(world, KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
        assertThat(Key.TABLE.codec().decode(Key.TABLE.codec().encode(key))).isEqualTo(key);
    }

    @Test
    void deletedPair_isGone() {
        Key key = Pairs.make(world, KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
        world.alice("ScheduleKeyDeletion", Requests.schedule(key.id(), 7));
        world.clock.advance(java.time.Duration.ofDays(7));
        world.runJobs();
        assertThat(world.alice("DescribeKey", Requests.describe(key.id())).code())
                .isEqualTo("NotFoundException");
    }

    // Encryption

    @ParameterizedTest
    @CsvSource({
        "RSA_2048,RSAES_OAEP_SHA_1,214",
        "RSA_2048,RSAES_OAEP_SHA_256,190",
        "RSA_3072,RSAES_OAEP_SHA_1,342",
        "RSA_3072,RSAES_OAEP_SHA_256,318"
    })
    void encrypt_rsa_upToItsMaximum(KeySpec spec, EncryptionAlgorithmSpec algorithm, int bytesMax) {
        Key key = Pairs.make(world, spec, KeyUsageType.ENCRYPT_DECRYPT);
        EncryptResponse sealed = world.<EncryptRequest, EncryptResponse>alice(
                        "Encrypt", encrypt(key, bytesMax, algorithm).build())
                .reply();
        Answer<DecryptResponse> opened =
                world.alice("Decrypt", decrypt(key, sealed.ciphertextBlob().orElseThrow(), algorithm));
        Answer<?> longer = world.alice(
                "Encrypt", encrypt(key, bytesMax + 1, algorithm).dryRun(true).build());

        assertThat(sealed.encryptionAlgorithm()).contains(algorithm);
        assertThat(sealed.keyId()).contains(key.arn());
        assertThat(text(opened.reply().plaintext().orElseThrow())).isEqualTo("x".repeat(bytesMax));
        assertThat(opened.reply().encryptionAlgorithm()).contains(algorithm);
        assertThat(opened.reply().keyMaterialId()).isEmpty();
        assertThat(opened.notes().additional()).isEmpty();
        assertThat(longer.code()).isEqualTo("ValidationException");
        assertThat(longer.message())
                .isEqualTo("Algorithm " + algorithm + " and key spec " + spec + " cannot encrypt data larger than "
                        + bytesMax + " bytes.");
    }

    @Test
    void decrypt_ciphertextMadeOutside_opens() throws GeneralSecurityException {
        Key key = rsa();
        PublicKey outside = Pairs.jdkPublic(
                KeySpec.RSA_2048, Pairs.publicKey(world, key).publicKey().orElseThrow());
        Map<EncryptionAlgorithmSpec, String> hashes = Map.of(RSAES_OAEP_SHA_1, "SHA-1", RSAES_OAEP_SHA_256, "SHA-256");
        for (Map.Entry<EncryptionAlgorithmSpec, String> one : hashes.entrySet()) {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(
                    Cipher.ENCRYPT_MODE,
                    outside,
                    new OAEPParameterSpec(
                            one.getValue(),
                            "MGF1",
                            new java.security.spec.MGF1ParameterSpec(one.getValue()),
                            PSource.PSpecified.DEFAULT));
            Bytes blob = Bytes.adopt(cipher.doFinal(new byte[] {1, 2, 3}));

            Answer<DecryptResponse> answer = world.alice("Decrypt", decrypt(key, blob, one.getKey()));
            assertThat(answer.reply().plaintext().orElseThrow().reveal()).containsExactly(1, 2, 3);
            EncryptionAlgorithmSpec other = one.getKey() == RSAES_OAEP_SHA_1 ? RSAES_OAEP_SHA_256 : RSAES_OAEP_SHA_1;
            assertThat(world.alice("Decrypt", decrypt(key, blob, other)).code())
                    .isEqualTo("InvalidCiphertextException");
        }
    }

    @Test
    void decrypt_rsaMisused_isRefusedEachInItsWay() {
        Key key = rsa();
        Key signer = Pairs.make(world, KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY);
        Key symmetric = world.newKey();
        Bytes blob = world.<EncryptRequest, EncryptResponse>alice(
                        "Encrypt", encrypt(key, 3, RSAES_OAEP_SHA_256).build())
                .reply()
                .ciphertextBlob()
                .orElseThrow();

        Answer<?> nameless = world.alice(
                "Decrypt",
                DecryptRequest.builder()
                        .ciphertextBlob(blob)
                        .encryptionAlgorithm(RSAES_OAEP_SHA_256)
                        .build());
        assertThat(nameless.code()).isEqualTo("ValidationException");
        assertThat(world.alice("Decrypt", decrypt(key, blob, EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT))
                        .code())
                .isEqualTo("InvalidCiphertextException");
        assertThat(world.alice("Decrypt", decrypt(signer, blob, RSAES_OAEP_SHA_256))
                        .message())
                .isEqualTo(signer.arn() + " key usage is SIGN_VERIFY which is not valid for Decrypt.");
        assertThat(world.alice("Decrypt", decrypt(symmetric, blob, RSAES_OAEP_SHA_256))
                        .message())
                .isEqualTo("Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.");
        assertThat(world.alice("Decrypt", decrypt(key, Bytes.utf8("no ciphertext"), RSAES_OAEP_SHA_256))
                        .code())
                .isEqualTo("InvalidCiphertextException");
    }

    @Test
    void encryptAndDecrypt_contextWithAPublicKey_isRefused_anEmptyOneIsNone() {
        Key key = rsa();
        Answer<?> refused = world.alice(
                "Encrypt",
                encrypt(key, 3, RSAES_OAEP_SHA_256)
                        .encryptionContext(Map.of("a", "b"))
                        .build());
        assertThat(refused.code()).isEqualTo("ValidationException");
        assertThat(refused.message())
                .isEqualTo("EncryptionContext cannot be used with the algorithm RSAES_OAEP_SHA_256.");
        assertThat(world.alice(
                                "Encrypt",
                                encrypt(key, 3, RSAES_OAEP_SHA_256)
                                        .encryptionContext(Map.of())
                                        .build())
                        .code())
                .isEqualTo("ok");
        assertThat(world.alice(
                                "Decrypt",
                                DecryptRequest.builder()
                                        .keyId(key.id())
                                        .ciphertextBlob(Bytes.utf8("x"))
                                        .encryptionAlgorithm(RSAES_OAEP_SHA_1)
                                        .encryptionContext(Map.of("a", "b"))
                                        .build())
                        .message())
                .isEqualTo("EncryptionContext cannot be used with the algorithm RSAES_OAEP_SHA_1.");
    }

    @Test
    void reEncrypt_betweenSymmetricAndPublic_bothWays() {
        Key key = rsa();
        Key symmetric = world.newKey();
        Bytes sealed = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(symmetric.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        Answer<ReEncryptResponse> there = world.alice(
                "ReEncrypt",
                ReEncryptRequest.builder()
                        .ciphertextBlob(sealed)
                        .destinationKeyId(key.id())
                        .destinationEncryptionAlgorithm(RSAES_OAEP_SHA_256)
                        .build());
        Answer<ReEncryptResponse> back = world.alice(
                "ReEncrypt",
                ReEncryptRequest.builder()
                        .ciphertextBlob(there.reply().ciphertextBlob().orElseThrow())
                        .sourceKeyId(key.id())
                        .sourceEncryptionAlgorithm(RSAES_OAEP_SHA_256)
                        .destinationKeyId(symmetric.id())
                        .destinationEncryptionContext(Map.of("a", "b"))
                        .build());

        String material = symmetric.currentMaterial().orElseThrow().id();
        assertThat(there.reply().destinationEncryptionAlgorithm()).contains(RSAES_OAEP_SHA_256);
        assertThat(there.reply().destinationKeyMaterialId()).isEmpty();
        assertThat(there.reply().sourceKeyMaterialId()).contains(material);
        assertThat(there.notes().additional().orElseThrow().asMap()).isEqualTo(Map.of("sourceKeyMaterialId", material));
        assertThat(back.notes().additional().orElseThrow().asMap())
                .isEqualTo(Map.of("destinationKeyMaterialId", material));
        Answer<DecryptResponse> opened = world.alice(
                "Decrypt", Requests.decrypt(back.reply().ciphertextBlob().orElseThrow(), Map.of("a", "b")));
        assertThat(text(opened.reply().plaintext().orElseThrow())).isEqualTo("attack at dawn");
    }

    @Test
    void reEncrypt_plaintextTooLongForThePublicKey_isRefused() {
        Key key = rsa();
        Key symmetric = world.newKey();
        Bytes sealed = world.<EncryptRequest, EncryptResponse>alice(
                        "Encrypt",
                        encrypt(symmetric, 191, EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)
                                .build())
                .reply()
                .ciphertextBlob()
                .orElseThrow();
        assertThat(world.alice(
                                "ReEncrypt",
                                ReEncryptRequest.builder()
                                        .ciphertextBlob(sealed)
                                        .destinationKeyId(key.id())
                                        .destinationEncryptionAlgorithm(RSAES_OAEP_SHA_256)
                                        .build())
                        .message())
                .endsWith("cannot encrypt data larger than 190 bytes.");
    }

    // Agreement

    private static DeriveSharedSecretRequest.Builder derive(Key key, Bytes peer) {
        return DeriveSharedSecretRequest.builder()
                .keyId(key.id())
                .publicKey(peer)
                .keyAgreementAlgorithm(KeyAgreementAlgorithmSpec.ECDH);
    }

    @ParameterizedTest
    @CsvSource({"ECC_NIST_P256,32", "ECC_NIST_P384,48", "ECC_NIST_P521,66"})
    void deriveSharedSecret_twoKeys_agree(KeySpec spec, int bytes) {
        Key one = Pairs.make(world, spec, KeyUsageType.KEY_AGREEMENT);
        Key two = Pairs.make(world, spec, KeyUsageType.KEY_AGREEMENT);
        DeriveSharedSecretResponse here = world.<DeriveSharedSecretRequest, DeriveSharedSecretResponse>alice(
                        "DeriveSharedSecret",
                        derive(one, two.publicKey().orElseThrow()).build())
                .reply();
        DeriveSharedSecretResponse there = world.<DeriveSharedSecretRequest, DeriveSharedSecretResponse>alice(
                        "DeriveSharedSecret",
                        derive(two, one.publicKey().orElseThrow()).build())
                .reply();

        assertThat(here.sharedSecret().orElseThrow().reveal())
                .hasSize(bytes)
                .isEqualTo(there.sharedSecret().orElseThrow().reveal());
        assertThat(here.keyId()).contains(one.arn());
        assertThat(here.keyOrigin()).contains(OriginType.AWS_KMS);
        assertThat(here.keyAgreementAlgorithm()).contains(KeyAgreementAlgorithmSpec.ECDH);
    }

    @Test
    void deriveSharedSecret_badPublicKey_isRefusedWithAnEmptyMessage_alsoInADryRun() {
        Key key = Pairs.make(world, KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT);
        Key otherCurve = Pairs.make(world, KeySpec.ECC_NIST_P384, KeyUsageType.KEY_AGREEMENT);
        for (Bytes bad : List.of(Bytes.utf8("no key"), otherCurve.publicKey().orElseThrow())) {
            for (boolean dryRun : new boolean[] {false, true}) {
                Answer<?> answer = world.alice(
                        "DeriveSharedSecret", derive(key, bad).dryRun(dryRun).build());
                assertThat(answer.code()).isEqualTo("ValidationException");
                assertThat(answer.error().orElseThrow().message()).contains("");
            }
        }
    }

    @Test
    void recipient_isRefusedWhereverItCanBeSent() {
        Key agreeing = Pairs.make(world, KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT);
        Key symmetric = world.newKey();
        RecipientInfo recipient = RecipientInfo.builder()
                .attestationDocument(Bytes.utf8("document"))
                .build();
        for (Answer<?> answer : List.of(
                world.alice(
                        "DeriveSharedSecret",
                        derive(agreeing, agreeing.publicKey().orElseThrow())
                                .recipient(recipient)
                                .build()),
                world.alice(
                        "GenerateDataKeyPair",
                        GenerateDataKeyPairRequest.builder()
                                .keyId(symmetric.id())
                                .keyPairSpec(DataKeyPairSpec.ECC_NIST_P256)
                                .recipient(recipient)
                                .build()))) {
            assertThat(answer.code()).isEqualTo("ValidationException");
            assertThat(answer.message()).startsWith("Recipient is not supported");
        }
    }

    // Encapsulation

    @ParameterizedTest
    @CsvSource({"ML_KEM_512,768", "ML_KEM_768,1088", "ML_KEM_1024,1568"})
    void encapsulate_roundTripsAndTheJdkCanSendToo(KeySpec spec, int blobBytes) throws GeneralSecurityException {
        Key key = Pairs.make(world, spec, KeyUsageType.ENCAPSULATE_DECAPSULATE);
        EncapsulateResponse made = world.<EncapsulateRequest, EncapsulateResponse>alice(
                        "Encapsulate",
                        EncapsulateRequest.builder()
                                .keyId(key.id())
                                .encapsulationAlgorithm(EncapsulationAlgorithmSpec.ML_KEM)
                                .build())
                .reply();
        Bytes blob = made.sharedSecretCiphertextBlob().orElseThrow();
        assertThat(blob.size()).isEqualTo(blobBytes);
        assertThat(made.keyId()).contains(key.arn());
        assertThat(made.encapsulationAlgorithm()).contains(EncapsulationAlgorithmSpec.ML_KEM);
        assertThat(decapsulated(key, blob))
                .hasSize(32)
                .isEqualTo(made.sharedSecret().orElseThrow().reveal());

        KEM.Encapsulated outside = KEM.getInstance("ML-KEM")
                .newEncapsulator(Pairs.jdkPublic(spec, key.publicKey().orElseThrow()))
                .encapsulate();
        assertThat(decapsulated(key, Bytes.copyOf(outside.encapsulation())))
                .isEqualTo(outside.key().getEncoded());
    }

    @Test
    void decapsulate_altered_givesSomethingElse_wrongLengthIsInvalidCiphertext() {
        Key key = Pairs.make(world, KeySpec.ML_KEM_512, KeyUsageType.ENCAPSULATE_DECAPSULATE);
        Bytes altered = Bytes.adopt(new byte[768]);
        assertThat(decapsulated(key, altered)).hasSize(32).isEqualTo(decapsulated(key, altered));
        assertThat(world.alice("Decapsulate", decapsulate(key, Bytes.adopt(new byte[767])))
                        .code())
                .isEqualTo("InvalidCiphertextException");
    }

    private static DecapsulateRequest decapsulate(Key key, Bytes blob) {
        return DecapsulateRequest.builder()
                .keyId(key.id())
                .sharedSecretCiphertextBlob(blob)
                .encapsulationAlgorithm(EncapsulationAlgorithmSpec.ML_KEM)
                .build();
    }

    private byte[] decapsulated(Key key, Bytes blob) {
        return world.<DecapsulateRequest, DecapsulateResponse>alice("Decapsulate", decapsulate(key, blob))
                .reply()
                .sharedSecret()
                .orElseThrow()
                .reveal();
    }

    // Data key pairs

    @ParameterizedTest
    @EnumSource(
            value = DataKeyPairSpec.class,
            mode = EnumSource.Mode.EXCLUDE,
            names = {"SM2", "RSA_4096"})
    void generateDataKeyPair_everySpec_sealsThePrivateKeyUnderTheContext(DataKeyPairSpec spec)
            throws GeneralSecurityException {
        Key key = world.newKey();
        Answer<GenerateDataKeyPairResponse> answer = world.alice(
                "GenerateDataKeyPair",
                GenerateDataKeyPairRequest.builder()
                        .keyId(key.id())
                        .keyPairSpec(spec)
                        .encryptionContext(Map.of("a", "b"))
                        .build());
        GenerateDataKeyPairResponse made = answer.reply();
        Bytes blob = made.privateKeyCiphertextBlob().orElseThrow();
        Secret plain = made.privateKeyPlaintext().orElseThrow();
        String material = key.currentMaterial().orElseThrow().id();

        assertThat(made.keyId()).contains(key.arn());
        assertThat(made.keyPairSpec()).contains(spec);
        assertThat(made.keyMaterialId()).contains(material);
        assertThat(answer.notes().additional().orElseThrow().get("keyMaterialId"))
                .contains(material);
        Answer<DecryptResponse> opened = world.alice("Decrypt", Requests.decrypt(blob, Map.of("a", "b")));
        assertThat(opened.reply().plaintext().orElseThrow().reveal()).isEqualTo(plain.reveal());
        assertThat(world.alice("Decrypt", Requests.decrypt(blob)).code()).isEqualTo("InvalidCiphertextException");
        belongTogether(spec, plain, made.publicKey().orElseThrow());
    }

    /** The JDK signs with the one and verifies with the other; of what it cannot sign with, it reads both. */
    private static void belongTogether(DataKeyPairSpec spec, Secret pkcs8, Bytes spki) throws GeneralSecurityException {
        if (spec == DataKeyPairSpec.ECC_SECG_P256K1) {
            return;
        }
        KeySpec named = KeySpec.valueOf(spec.value());
        PublicKey publicKey = Pairs.jdkPublic(named, spki);
        if (spec.value().startsWith("ML_KEM")) {
            // The JDK reads expanded keys alone before seeds came; all seeds have one length.
            assertThat(pkcs8.sizeBytes()).isEqualTo(86);
            return;
        }
        PrivateKey privateKey = Pairs.jdkPrivate(named, pkcs8);
        String algorithm = spec.value().startsWith("RSA")
                ? "SHA256withRSA"
                : spec == DataKeyPairSpec.ECC_NIST_EDWARDS25519 ? "Ed25519" : "SHA256withECDSA";
        Signature signer = Signature.getInstance(algorithm);
        signer.initSign(privateKey);
        signer.update((byte) 7);
        byte[] signature = signer.sign();
        signer.initVerify(publicKey);
        signer.update((byte) 7);
        assertThat(signer.verify(signature)).isTrue();
    }

    @Test
    void generateDataKeyPairWithoutPlaintext_opensToThePrivateKeyLater() throws GeneralSecurityException {
        Key key = world.newKey();
        GenerateDataKeyPairWithoutPlaintextResponse made = world.<GenerateDataKeyPairWithoutPlaintextRequest,
                        GenerateDataKeyPairWithoutPlaintextResponse>
                        alice(
                                "GenerateDataKeyPairWithoutPlaintext",
                                GenerateDataKeyPairWithoutPlaintextRequest.builder()
                                        .keyId(key.id())
                                        .keyPairSpec(DataKeyPairSpec.ECC_NIST_P384)
                                        .build())
                .reply();
        Answer<DecryptResponse> opened = world.alice(
                "Decrypt", Requests.decrypt(made.privateKeyCiphertextBlob().orElseThrow()));

        belongTogether(
                DataKeyPairSpec.ECC_NIST_P384,
                opened.reply().plaintext().orElseThrow(),
                made.publicKey().orElseThrow());
        assertThat(made.keyMaterialId()).isEqualTo(key.currentMaterial().map(m -> m.id()));
    }

    @Test
    void generateDataKeyPair_sm2OutsideChinaOrUnderAPublicKey_isRefused() {
        Key symmetric = world.newKey();
        GenerateDataKeyPairRequest.Builder request =
                GenerateDataKeyPairRequest.builder().keyPairSpec(DataKeyPairSpec.SM2);
        assertThat(world.alice(
                                "GenerateDataKeyPair",
                                request.keyId(symmetric.id()).dryRun(true).build())
                        .code())
                .isEqualTo("UnsupportedOperationException");
        assertThat(world.alice("GenerateDataKeyPair", request.keyId(rsa().id()).build())
                        .message())
                .isEqualTo("Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.");
    }
}
