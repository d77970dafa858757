package dev.keytrail.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
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

    private static Process server;
    private static URI endpoint;
    private static StaticCredentialsProvider credentials;

    @BeforeAll
    static void start() throws IOException {
        Path lib = Path.of("..", "server", "target", "lib");
        Path data = folder.resolve("data");
        server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xmx512m",
                        "-cp",
                        lib + "/*",
                        "dev.keytrail.server.Main",
                        "serve",
                        "--data",
                        data.toString(),
                        "--port",
                        "0")
                .redirectError(folder.resolve("server.log").toFile())
                .start();
        BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
        for (String line = out.readLine(); line != null; line = out.readLine()) {
            if (line.startsWith("ready ")) {
                endpoint = URI.create(line.substring(6));
                break;
            }
        }
        assertThat(endpoint)
                .as("server log: %s", Files.readString(folder.resolve("server.log")))
                .isNotNull();
        Map<String, String> file = new HashMap<>();
        for (String line : Files.readAllLines(data.resolve("admin.credentials"))) {
            String[] parts = line.split(" = ", 2);
            if (parts.length == 2) {
                file.put(parts[0], parts[1]);
            }
        }
        credentials = StaticCredentialsProvider.create(
                AwsBasicCredentials.create(file.get("aws_access_key_id"), file.get("aws_secret_access_key")));
    }

    @AfterAll
    static void stop() throws InterruptedException {
        server.destroy();
        assertThat(server.waitFor(5, TimeUnit.SECONDS)).isTrue();
        assertThat(server.exitValue()).isZero();
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
