package dev.keytrail.kms;

import static dev.keytrail.kms.Requests.decrypt;
import static dev.keytrail.kms.Requests.disable;
import static dev.keytrail.kms.Requests.encrypt;
import static dev.keytrail.kms.Requests.schedule;
import static dev.keytrail.kms.Requests.text;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.wire.shape.kms.DataKeySpec;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DecryptResponse;
import dev.keytrail.wire.shape.kms.DryRunModifierType;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.GenerateDataKeyRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyResponse;
import dev.keytrail.wire.shape.kms.GenerateDataKeyWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyWithoutPlaintextResponse;
import dev.keytrail.wire.shape.kms.GenerateRandomRequest;
import dev.keytrail.wire.shape.kms.GenerateRandomResponse;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import dev.keytrail.wire.shape.kms.ReEncryptResponse;
import dev.keytrail.wire.shape.kms.RecipientInfo;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CryptographyTest {
    private final World world = new World();
    private final Key key = world.newKey();
    private final String id = key.id();
    private final String arn = key.arn();

    private EncryptResponse encrypted(Map<String, String> context) {
        Answer<EncryptResponse> answer = world.alice("Encrypt", encrypt(id, "attack at dawn", context));
        return answer.reply();
    }

    private Bytes blob(Map<String, String> context) {
        return encrypted(context).ciphertextBlob().orElseThrow();
    }

    @Test
    void encrypt_enabledKey_namesItByArnAndEchoesTheAlgorithm() {
        EncryptResponse reply = encrypted(Map.of());

        assertThat(reply.keyId()).contains(arn);
        assertThat(reply.encryptionAlgorithm()).contains(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);
    }

    @Test
    void decrypt_withoutKeyId_findsTheKeyInTheCiphertext() {
        Answer<DecryptResponse> answer = world.alice("Decrypt", decrypt(blob(Map.of("a", "b")), Map.of("a", "b")));

        DecryptResponse reply = answer.reply();
        assertThat(text(reply.plaintext().orElseThrow())).isEqualTo("attack at dawn");
        assertThat(reply.keyId()).contains(arn);
        assertThat(reply.keyMaterialId())
                .contains(key.currentMaterial().orElseThrow().id());
        assertThat(reply.encryptionAlgorithm()).contains(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT);
    }

    @Test
    void decrypt_contextMovedBetweenKeyAndValue_isInvalidCiphertextWithoutMessage() {
        Answer<DecryptResponse> answer = world.alice("Decrypt", decrypt(blob(Map.of("a", "bc")), Map.of("ab", "c")));

        assertThat(answer.error().orElseThrow().code()).isEqualTo("InvalidCiphertextException");
        assertThat(answer.error().orElseThrow().message()).isEmpty();
        assertThat(answer.notes().resources()).hasSize(1);
        assertThat(answer.notes().ownerCopy()).isTrue();
        assertThat(answer.notes().additional()).isEmpty();
    }

    @Test
    void decrypt_emptyContextForNone_opens() {
        Bytes blob = world.<EncryptRequest, EncryptResponse>alice("Encrypt", encrypt(id))
                .reply()
                .ciphertextBlob()
                .orElseThrow();

        assertThat(world.alice("Decrypt", decrypt(blob, Map.of())).code()).isEqualTo("ok");
        assertThat(world.alice("Decrypt", decrypt(blob, Map.of("a", "b"))).code())
                .isEqualTo("InvalidCiphertextException");
    }

    @Test
    void decrypt_alteredShortenedLengthenedOrForeignBytes_isInvalidCiphertext() {
        byte[] good = blob(Map.of()).toArray();
        byte[] flipped = good.clone();
        flipped[good.length - 1] ^= 1;
        byte[] longer = java.util.Arrays.copyOf(good, good.length + 1);
        byte[] shorter = java.util.Arrays.copyOf(good, good.length - 1);

        for (byte[] bad : List.of(flipped, longer, shorter, new byte[] {1}, "not ours, not at all".getBytes())) {
            assertThat(world.alice("Decrypt", decrypt(Bytes.copyOf(bad))).code())
                    .isEqualTo("InvalidCiphertextException");
        }
    }

    @Test
    void decrypt_otherKeyNamed_isIncorrectKeyAndShowsTheNamedOne() {
        Key other = world.newKey();
        Answer<DecryptResponse> answer = world.alice(
                "Decrypt",
                DecryptRequest.builder()
                        .ciphertextBlob(blob(Map.of()))
                        .keyId(other.arn())
                        .build());

        assertThat(answer.code()).isEqualTo("IncorrectKeyException");
        assertThat(answer.message())
                .isEqualTo("The key ID in the request does not identify a CMK that can perform this operation.");
        assertThat(answer.notes().resources())
                .singleElement()
                .extracting(r -> r.arn())
                .isEqualTo(other.arn());
    }

    @Test
    void decrypt_otherKeyOfOtherUsageNamed_isIncorrectKeyToo() {
        Key other = world.newKey();
        world.change(other, CryptographyTest::signing);

        assertThat(world.alice(
                                "Decrypt",
                                DecryptRequest.builder()
                                        .ciphertextBlob(blob(Map.of()))
                                        .keyId(other.id())
                                        .build())
                        .code())
                .isEqualTo("IncorrectKeyException");
    }

    @Test
    void decrypt_keyNamedInEveryForm_opens() {
        world.alice("CreateAlias", Requests.createAlias("alias/mine", id));
        Bytes blob = blob(Map.of());
        for (String name :
                List.of(id, arn, "alias/mine", "arn:aws:kms:" + World.REGION + ":" + World.ACCOUNT + ":alias/mine")) {
            assertThat(world.alice(
                                    "Decrypt",
                                    DecryptRequest.builder()
                                            .ciphertextBlob(blob)
                                            .keyId(name)
                                            .build())
                            .code())
                    .as(name)
                    .isEqualTo("ok");
        }
    }

    @Test
    void decrypt_blobOfAKeyThatIsGone_isDeniedInTheTextForCiphertexts() {
        Bytes blob = blob(Map.of());
        world.alice("ScheduleKeyDeletion", schedule(id, 7));
        world.clock.advance(java.time.Duration.ofDays(7));
        world.runJobs();

        Answer<DecryptResponse> answer = world.alice("Decrypt", decrypt(blob));

        assertThat(answer.code()).isEqualTo("AccessDeniedException");
        assertThat(answer.message()).startsWith("The ciphertext refers to a customer master key that does not exist");
        assertThat(answer.notes().ownerCopy()).isFalse();
    }

    @Test
    void decrypt_unknownMaterialOfAKnownKey_isInvalidCiphertext() {
        Bytes blob = blob(Map.of());
        Key other = world.newKey();
        world.change(key, mine -> mine.withMaterials(other.materials()));

        assertThat(world.alice("Decrypt", decrypt(blob)).code()).isEqualTo("InvalidCiphertextException");
    }

    @Test
    void encrypt_disabledSigningKeyAndWrongAlgorithm_stateComesFirstThenUsageThenAlgorithm() {
        EncryptRequest request = EncryptRequest.builder()
                .keyId(id)
                .plaintext(Requests.plain("x"))
                .encryptionAlgorithm(EncryptionAlgorithmSpec.RSAES_OAEP_SHA_1)
                .build();
        world.change(key, CryptographyTest::signing);
        world.change(key, k -> k.withState(dev.keytrail.kms.key.KeyState.DISABLED));
        assertThat(world.alice("Encrypt", request).message()).isEqualTo(arn + " is disabled.");

        world.change(key, k -> k.withState(dev.keytrail.kms.key.KeyState.ENABLED));
        assertThat(world.alice("Encrypt", request).message())
                .isEqualTo(arn + " key usage is SIGN_VERIFY which is not valid for Encrypt.");

        Key symmetric = world.newKey();
        Answer<EncryptResponse> algorithm = world.alice(
                "Encrypt",
                EncryptRequest.builder()
                        .keyId(symmetric.id())
                        .plaintext(Requests.plain("x"))
                        .encryptionAlgorithm(EncryptionAlgorithmSpec.RSAES_OAEP_SHA_1)
                        .build());
        assertThat(algorithm.code()).isEqualTo("InvalidKeyUsageException");
        assertThat(algorithm.message())
                .isEqualTo("Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.");
    }

    @Test
    void reEncrypt_toAnotherKeyAndContext_opensThereAlone() {
        Key other = world.newKey();
        Answer<ReEncryptResponse> answer = world.alice(
                "ReEncrypt",
                ReEncryptRequest.builder()
                        .ciphertextBlob(blob(Map.of("a", "1")))
                        .sourceEncryptionContext(Map.of("a", "1"))
                        .destinationKeyId(other.id())
                        .destinationEncryptionContext(Map.of("b", "2"))
                        .build());

        ReEncryptResponse reply = answer.reply();
        assertThat(reply.sourceKeyId()).contains(arn);
        assertThat(reply.keyId()).contains(other.arn());
        assertThat(reply.sourceKeyMaterialId())
                .contains(key.currentMaterial().orElseThrow().id());
        assertThat(reply.destinationKeyMaterialId())
                .contains(other.currentMaterial().orElseThrow().id());
        Bytes blob = reply.ciphertextBlob().orElseThrow();
        Answer<DecryptResponse> opened = world.alice("Decrypt", decrypt(blob, Map.of("b", "2")));
        assertThat(text(opened.reply().plaintext().orElseThrow())).isEqualTo("attack at dawn");
        assertThat(world.alice("Decrypt", decrypt(blob, Map.of("a", "1"))).code())
                .isEqualTo("InvalidCiphertextException");
    }

    @Test
    void generateDataKey_bySpecAndByBytes_hasThatLengthAndUnwrapsToItself() {
        for (var request : List.of(
                GenerateDataKeyRequest.builder()
                        .keyId(id)
                        .keySpec(DataKeySpec.AES_256)
                        .build(),
                GenerateDataKeyRequest.builder()
                        .keyId(id)
                        .keySpec(DataKeySpec.AES_128)
                        .build(),
                Requests.dataKey(id, 64),
                Requests.dataKey(id, 1024))) {
            Answer<GenerateDataKeyResponse> answer = world.alice("GenerateDataKey", request);
            Secret plain = answer.reply().plaintext().orElseThrow();
            int expected = request.numberOfBytes()
                    .orElse(request.keySpec().equals(java.util.Optional.of(DataKeySpec.AES_128)) ? 16 : 32);
            assertThat(plain.sizeBytes()).isEqualTo(expected);
            Answer<DecryptResponse> opened = world.alice(
                    "Decrypt", decrypt(answer.reply().ciphertextBlob().orElseThrow()));
            assertThat(opened.reply().plaintext().orElseThrow().reveal()).isEqualTo(plain.reveal());
        }
    }

    @Test
    void generateDataKey_bothOrNeitherLength_isRefused() {
        for (var request : List.of(
                GenerateDataKeyRequest.builder().keyId(id).build(),
                GenerateDataKeyRequest.builder()
                        .keyId(id)
                        .keySpec(DataKeySpec.AES_256)
                        .numberOfBytes(32)
                        .build())) {
            Answer<GenerateDataKeyResponse> answer = world.alice("GenerateDataKey", request);
            assertThat(answer.code()).isEqualTo("ValidationException");
            assertThat(answer.message()).isEqualTo("Please specify either number of bytes or key spec.");
        }
    }

    @Test
    void generateDataKeyWithoutPlaintext_givesTheSealedOneAlone() {
        Answer<GenerateDataKeyWithoutPlaintextResponse> answer = world.alice(
                "GenerateDataKeyWithoutPlaintext",
                GenerateDataKeyWithoutPlaintextRequest.builder()
                        .keyId(id)
                        .keySpec(DataKeySpec.AES_256)
                        .build());
        Answer<DecryptResponse> opened =
                world.alice("Decrypt", decrypt(answer.reply().ciphertextBlob().orElseThrow()));

        assertThat(opened.reply().plaintext().orElseThrow().sizeBytes()).isEqualTo(32);
        assertThat(opened.reply().plaintext().orElseThrow().reveal()).isNotEqualTo(new byte[32]);
    }

    @Test
    void generateRandom_withAndWithoutLength() {
        Answer<GenerateRandomResponse> answer = world.alice(
                "GenerateRandom",
                GenerateRandomRequest.builder().numberOfBytes(7).build());
        assertThat(answer.reply().plaintext().orElseThrow().sizeBytes()).isEqualTo(7);
        assertThat(answer.notes().resources()).isEmpty();

        Answer<GenerateRandomResponse> none =
                world.alice("GenerateRandom", GenerateRandomRequest.builder().build());
        assertThat(none.message()).isEqualTo("NumberOfBytes is required.");
    }

    @Test
    void recipient_anyOperation_isRefusedAndNeverAnsweredInPlain() {
        RecipientInfo recipient = RecipientInfo.builder()
                .attestationDocument(Bytes.utf8("made up"))
                .build();
        Bytes blob = blob(Map.of());

        assertThat(world.alice(
                                "Decrypt",
                                DecryptRequest.builder()
                                        .ciphertextBlob(blob)
                                        .recipient(recipient)
                                        .build())
                        .code())
                .isEqualTo("ValidationException");
        assertThat(world.alice(
                                "GenerateDataKey",
                                GenerateDataKeyRequest.builder()
                                        .keyId(id)
                                        .numberOfBytes(16)
                                        .recipient(recipient)
                                        .build())
                        .code())
                .isEqualTo("ValidationException");
        assertThat(world.alice(
                                "GenerateRandom",
                                GenerateRandomRequest.builder()
                                        .numberOfBytes(16)
                                        .recipient(recipient)
                                        .build())
                        .code())
                .isEqualTo("ValidationException");
    }

    @Test
    void dryRun_allChecksPassed_isDryRunOperation_elseTheRealError() {
        EncryptRequest encrypt = EncryptRequest.builder()
                .keyId(id)
                .plaintext(Requests.plain("x"))
                .dryRun(true)
                .build();
        Answer<EncryptResponse> dry = world.alice("Encrypt", encrypt);
        assertThat(dry.code()).isEqualTo("DryRunOperationException");
        assertThat(dry.message()).isEqualTo("The request would have succeeded, but the DryRun option is set.");
        assertThat(dry.notes().additional()).isEmpty();

        DecryptRequest ignoring = DecryptRequest.builder()
                .keyId(id)
                .dryRun(true)
                .dryRunModifiers(List.of(DryRunModifierType.IGNORE_CIPHERTEXT))
                .build();
        assertThat(world.alice("Decrypt", ignoring).code()).isEqualTo("DryRunOperationException");
        assertThat(world.alice(
                                "ReEncrypt",
                                ReEncryptRequest.builder()
                                        .ciphertextBlob(blob(Map.of()))
                                        .destinationKeyId(id)
                                        .dryRun(true)
                                        .build())
                        .code())
                .isEqualTo("DryRunOperationException");
        assertThat(world.alice(
                                "GenerateDataKey",
                                GenerateDataKeyRequest.builder()
                                        .keyId(id)
                                        .numberOfBytes(1)
                                        .dryRun(true)
                                        .build())
                        .code())
                .isEqualTo("DryRunOperationException");

        world.alice("DisableKey", disable(id));
        assertThat(world.alice("Encrypt", encrypt).code()).isEqualTo("DisabledException");
        assertThat(world.alice("Decrypt", ignoring).code()).isEqualTo("DisabledException");
    }

    @Test
    void dryRunModifiers_withoutDryRunOrKey_areRefused() {
        List<DryRunModifierType> ignore = List.of(DryRunModifierType.IGNORE_CIPHERTEXT);
        assertThat(world.alice(
                                "Decrypt",
                                DecryptRequest.builder()
                                        .keyId(id)
                                        .dryRunModifiers(ignore)
                                        .build())
                        .code())
                .isEqualTo("ValidationException");
        assertThat(world.alice(
                                "Decrypt",
                                DecryptRequest.builder()
                                        .dryRun(true)
                                        .dryRunModifiers(ignore)
                                        .build())
                        .code())
                .isEqualTo("ValidationException");
        assertThat(world.alice("Decrypt", DecryptRequest.builder().keyId(id).build())
                        .code())
                .isEqualTo("ValidationException");
    }

    @Test
    void grantTokens_anyAreInvalid_anEmptyListIsNone() {
        assertThat(world.alice(
                                "Encrypt",
                                EncryptRequest.builder()
                                        .keyId(id)
                                        .plaintext(Requests.plain("x"))
                                        .grantTokens(List.of("abc"))
                                        .build())
                        .code())
                .isEqualTo("InvalidGrantTokenException");
        assertThat(world.alice(
                                "Encrypt",
                                EncryptRequest.builder()
                                        .keyId(id)
                                        .plaintext(Requests.plain("x"))
                                        .grantTokens(List.of())
                                        .build())
                        .code())
                .isEqualTo("ok");
    }

    @Test
    void encryptionContext_over8192Bytes_isRefused() {
        assertThat(world.alice("Encrypt", encrypt(id, "x", Map.of("k", "v".repeat(8191))))
                        .code())
                .isEqualTo("ok");
        assertThat(world.alice("Encrypt", encrypt(id, "x", Map.of("k", "v".repeat(8192))))
                        .code())
                .isEqualTo("ValidationException");
    }

    private static Key signing(Key key) {
        return Kinds.as(key, KeySpec.RSA_2048, KeyUsage.SIGN_VERIFY);
    }
}
