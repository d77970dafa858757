package dev.keytrail.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import javax.crypto.KEM;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.cloudtrail.CloudTrailClient;
import software.amazon.awssdk.services.cloudtrail.model.Event;
import software.amazon.awssdk.services.cloudtrail.model.LookupAttributeKey;
import software.amazon.awssdk.services.kms.KmsAsyncClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.GrantListEntry;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KeyListEntry;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidSignatureException;
import software.amazon.awssdk.services.kms.model.NotFoundException;
import software.amazon.awssdk.services.s3.S3Client;

/** Sync and async clients of the AWS SDK for Java 2, as they come, but for the endpoint. */
class JavaSdkTest {
    @TempDir
    private static Path folder;

    private static KeytrailServer server;
    private static URI endpoint;
    private static StaticCredentialsProvider credentials;

    @BeforeAll
    static void start() throws IOException {
        server = KeytrailServer.start(folder, "--set", "kms.request-quotas=ListKeyPolicies=0.001");
        endpoint = server.endpoint();
        credentials = server.credentials();
    }

    @AfterAll
    static void stop() throws InterruptedException {
        server.stop();
    }

    private static KmsClient kms() {
        return KmsClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(credentials)
                .build();
    }

    @Test
    void sync_keyLife_andItsEvents() {
        try (KmsClient kms = kms();
                CloudTrailClient trail = CloudTrailClient.builder()
                        .endpointOverride(endpoint)
                        .region(Region.EU_CENTRAL_1)
                        .credentialsProvider(credentials)
                        .build()) {
            String arn = kms.createKey(r -> r.description("java")).keyMetadata().arn();
            SdkBytes plain = SdkBytes.fromUtf8String("attack at dawn");
            EncryptResponse encrypted =
                    kms.encrypt(r -> r.keyId(arn).plaintext(plain).encryptionContext(Map.of("Zweck", "Übung ✓")));
            assertThat(encrypted.keyId()).isEqualTo(arn);
            assertThat(kms.decrypt(r -> r.ciphertextBlob(encrypted.ciphertextBlob())
                                    .encryptionContext(Map.of("Zweck", "Übung ✓")))
                            .plaintext())
                    .isEqualTo(plain);
            assertThatThrownBy(() -> kms.decrypt(r -> r.ciphertextBlob(encrypted.ciphertextBlob())))
                    .isInstanceOf(InvalidCiphertextException.class);
            kms.disableKey(r -> r.keyId(arn));
            assertThatThrownBy(() -> kms.encrypt(r -> r.keyId(arn).plaintext(plain)))
                    .isInstanceOfSatisfying(DisabledException.class, e -> {
                        assertThat(e.statusCode()).isEqualTo(400);
                        assertThat(e.requestId()).isNotBlank();
                        assertThat(e.awsErrorDetails().errorMessage()).isEqualTo(arn + " is disabled.");
                    });
            assertThatThrownBy(() -> kms.describeKey(r -> r.keyId("alias/none")))
                    .isInstanceOf(NotFoundException.class);
            List<Event> events = trail.lookupEvents(r -> r.lookupAttributes(a ->
                            a.attributeKey(LookupAttributeKey.RESOURCE_NAME).attributeValue(arn)))
                    .events();
            assertThat(events)
                    .extracting(Event::eventName)
                    .containsExactly("Encrypt", "DisableKey", "Decrypt", "Decrypt", "Encrypt", "CreateKey");
            assertThat(events.getLast().readOnly()).isEqualTo("false");
        }
    }

    /** What signs here, the JDK verifies by the key's public half; its own key agreement and encapsulation meet ours. */
    @ParameterizedTest
    @CsvSource({
        "ECC_NIST_P256, EC, ECDSA_SHA_256, SHA256withECDSA",
        "ECC_NIST_P384, EC, ECDSA_SHA_384, SHA384withECDSA",
        "ECC_NIST_P521, EC, ECDSA_SHA_512, SHA512withECDSA",
        "RSA_2048, RSA, RSASSA_PKCS1_V1_5_SHA_512, SHA512withRSA",
        "ECC_NIST_EDWARDS25519, Ed25519, ED25519_SHA_512, Ed25519",
        "ML_DSA_44, ML-DSA, ML_DSA_SHAKE_256, ML-DSA",
        "ML_DSA_65, ML-DSA, ML_DSA_SHAKE_256, ML-DSA",
        "ML_DSA_87, ML-DSA, ML_DSA_SHAKE_256, ML-DSA"
    })
    void signatures_areTheJdks(String spec, String family, String algorithm, String named)
            throws GeneralSecurityException {
        try (KmsClient kms = kms()) {
            String arn = kms.createKey(r -> r.keySpec(spec).keyUsage("SIGN_VERIFY"))
                    .keyMetadata()
                    .arn();
            SdkBytes message = SdkBytes.fromUtf8String("attack at dawn");
            SdkBytes signature = kms.sign(r -> r.keyId(arn).message(message).signingAlgorithm(algorithm))
                    .signature();
            Signature outside = Signature.getInstance(named);
            outside.initVerify(publicKey(kms, arn, family));
            outside.update(message.asByteArray());
            assertThat(outside.verify(signature.asByteArray())).isTrue();
            assertThatThrownBy(() -> kms.verify(r -> r.keyId(arn)
                            .message(SdkBytes.fromUtf8String("attack at dusk"))
                            .signingAlgorithm(algorithm)
                            .signature(signature)))
                    .isInstanceOf(KmsInvalidSignatureException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"})
    void encapsulation_meetsTheJdks(String spec) throws GeneralSecurityException {
        try (KmsClient kms = kms()) {
            String arn = kms.createKey(r -> r.keySpec(spec).keyUsage("ENCAPSULATE_DECAPSULATE"))
                    .keyMetadata()
                    .arn();
            KEM.Encapsulated made = KEM.getInstance("ML-KEM")
                    .newEncapsulator(publicKey(kms, arn, "ML-KEM"))
                    .encapsulate();
            SdkBytes secret = kms.decapsulate(r -> r.keyId(arn)
                            .encapsulationAlgorithm("ML_KEM")
                            .sharedSecretCiphertextBlob(SdkBytes.fromByteArray(made.encapsulation())))
                    .sharedSecret();
            assertThat(secret.asByteArray()).isEqualTo(made.key().getEncoded());
        }
    }

    private static PublicKey publicKey(KmsClient kms, String arn, String family) throws GeneralSecurityException {
        byte[] der = kms.getPublicKey(r -> r.keyId(arn)).publicKey().asByteArray();
        return KeyFactory.getInstance(family).generatePublic(new X509EncodedKeySpec(der));
    }

    @Test
    void paginators_goThroughEveryPage() {
        try (KmsClient kms = kms()) {
            String arn = kms.createKey().keyMetadata().arn();
            String root = "arn:aws:iam::" + arn.split(":")[4] + ":root";
            for (int i = 0; i < 5; i++) {
                String name = "n" + i;
                kms.createGrant(r -> r.keyId(arn)
                        .granteePrincipal(root)
                        .operationsWithStrings("Encrypt")
                        .name(name));
                kms.rotateKeyOnDemand(r -> r.keyId(arn));
            }
            assertThat(kms.listGrantsPaginator(r -> r.keyId(arn).limit(2)).grants())
                    .extracting(GrantListEntry::name)
                    .containsExactlyInAnyOrder("n0", "n1", "n2", "n3", "n4");
            assertThat(kms.listKeyRotationsPaginator(r -> r.keyId(arn).limit(2)).rotations())
                    .hasSize(5);
            assertThat(kms.listKeysPaginator(r -> r.limit(1)).keys())
                    .extracting(KeyListEntry::keyArn)
                    .doesNotHaveDuplicates()
                    .contains(arn);
        }
    }

    /** The SDK knows a throttled call by its error, and has tried again by itself before it says so. */
    @Test
    void throttledCalls_areRetriedAsAwsOnes() {
        try (KmsClient kms = kms()) {
            String arn = kms.createKey().keyMetadata().arn();
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 2; i++) {
                            kms.listKeyPolicies(r -> r.keyId(arn));
                        }
                    })
                    .isInstanceOfSatisfying(KmsException.class, e -> {
                        assertThat(e.isThrottlingException()).isTrue();
                        assertThat(e.numAttempts()).isGreaterThan(1);
                    });
        }
    }

    @Test
    void async_manyInFlight_eachItsOwnAnswer() {
        try (KmsAsyncClient kms = KmsAsyncClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(credentials)
                .build()) {
            String arn = kms.createKey().join().keyMetadata().arn();
            List<CompletableFuture<String>> answers = new ArrayList<>();
            for (int i = 0; i < 160; i++) {
                SdkBytes text = SdkBytes.fromUtf8String("message " + i);
                answers.add(kms.encrypt(r -> r.keyId(arn).plaintext(text))
                        .thenCompose(encrypted -> kms.decrypt(r -> r.ciphertextBlob(encrypted.ciphertextBlob())))
                        .thenApply(opened -> opened.plaintext().asUtf8String()));
            }
            for (int i = 0; i < answers.size(); i++) {
                assertThat(answers.get(i).join()).isEqualTo("message " + i);
            }
        }
    }

    /** The SDK's defaults: chunked uploads with signed chunks and a checksum trailer. */
    @Test
    void s3_embeddedBucket_takesTheSdkAsItComes() {
        try (S3Client s3 = S3Client.builder()
                .endpointOverride(endpoint)
                .forcePathStyle(true)
                .region(Region.US_EAST_1)
                .credentialsProvider(credentials)
                .build()) {
            s3.createBucket(r -> r.bucket("java-sdk-bucket"));
            s3.putObject(
                    r -> r.bucket("java-sdk-bucket").key("a/b c.txt").metadata(Map.of("k", "v")),
                    RequestBody.fromString("hello"));
            var got = s3.getObjectAsBytes(r -> r.bucket("java-sdk-bucket").key("a/b c.txt"));
            assertThat(got.asUtf8String()).isEqualTo("hello");
            assertThat(got.response().metadata()).containsEntry("k", "v");
        }
    }
}
