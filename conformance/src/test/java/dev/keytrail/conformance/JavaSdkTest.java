package dev.keytrail.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
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
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
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
        server = KeytrailServer.start(folder);
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
