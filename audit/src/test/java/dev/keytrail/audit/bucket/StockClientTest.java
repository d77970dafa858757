package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.BucketLocationConstraint;
import software.amazon.awssdk.services.s3.model.ChecksumAlgorithm;
import software.amazon.awssdk.services.s3.model.ChecksumMode;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.Delete;
import software.amazon.awssdk.services.s3.model.NoSuchBucketException;
import software.amazon.awssdk.services.s3.model.NoSuchKeyException;
import software.amazon.awssdk.services.s3.model.ObjectIdentifier;
import software.amazon.awssdk.services.s3.model.Permission;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** The AWS SDK for Java against the endpoint, in path style. */
class StockClientTest {
    @TempDir
    Path directory;

    private HttpWorld http;
    private S3Client s3;

    @BeforeEach
    void client() throws IOException {
        http = new HttpWorld(new BucketWorld(directory), 0);
        s3 = S3Client.builder()
                .endpointOverride(http.endpoint())
                .region(Region.US_EAST_1)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("AKIDEXAMPLE", "key")))
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .forcePathStyle(true)
                .build();
        s3.createBucket(b -> b.bucket("logs"));
    }

    @AfterEach
    void close() {
        s3.close();
        http.close();
    }

    @Test
    void objects_roundTripWithChecksumsAndMetadata() {
        for (ChecksumAlgorithm algorithm : List.of(
                ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32_C, ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256)) {
            s3.putObject(
                    b -> b.bucket("logs")
                            .key("a/b c+é")
                            .checksumAlgorithm(algorithm)
                            .contentType("text/plain")
                            .serverSideEncryption(ServerSideEncryption.AES256)
                            .metadata(java.util.Map.of("colour", "blue")),
                    RequestBody.fromString("hello"));
            var got = s3.getObjectAsBytes(b -> b.bucket("logs").key("a/b c+é").checksumMode(ChecksumMode.ENABLED));
            assertThat(got.asUtf8String()).isEqualTo("hello");
            assertThat(got.response().metadata()).containsEntry("colour", "blue");
            assertThat(got.response().serverSideEncryption()).isEqualTo(ServerSideEncryption.AES256);
        }
        var head = s3.headObject(b -> b.bucket("logs").key("a/b c+é"));
        assertThat(head.contentLength()).isEqualTo(5);
        assertThat(head.checksumSHA256()).isNull();
        assertThat(s3.getObjectAsBytes(b -> b.bucket("logs").key("a/b c+é").range("bytes=1-2"))
                        .asUtf8String())
                .isEqualTo("el");
    }

    @Test
    void conditionalPut_onTakenKey_isRefused() {
        s3.putObject(b -> b.bucket("logs").key("k").ifNoneMatch("*"), RequestBody.fromString("1"));
        assertThatThrownBy(() ->
                        s3.putObject(b -> b.bucket("logs").key("k").ifNoneMatch("*"), RequestBody.fromString("2")))
                .isInstanceOfSatisfying(S3Exception.class, e -> {
                    assertThat(e.statusCode()).isEqualTo(412);
                    assertThat(e.awsErrorDetails().errorCode()).isEqualTo("PreconditionFailed");
                    assertThat(e.requestId()).isNotEmpty();
                });
    }

    @Test
    void listings_pageInBothVersions() {
        for (int i = 0; i < 5; i++) {
            String key = "dir " + i + "/k";
            s3.putObject(b -> b.bucket("logs").key(key), RequestBody.fromString("x"));
        }
        assertThat(s3.listObjectsV2Paginator(b -> b.bucket("logs").maxKeys(2)).contents().stream()
                        .map(S3Object::key))
                .containsExactly("dir 0/k", "dir 1/k", "dir 2/k", "dir 3/k", "dir 4/k");
        assertThat(s3.listObjectsV2Paginator(b -> b.bucket("logs").maxKeys(2).delimiter("/")).commonPrefixes().stream()
                        .map(CommonPrefix::prefix))
                .containsExactly("dir 0/", "dir 1/", "dir 2/", "dir 3/", "dir 4/");
        assertThat(s3.listObjects(b -> b.bucket("logs").prefix("dir 3")).contents())
                .hasSize(1);
    }

    @Test
    void deletes_oneAndMany() {
        for (String key : List.of("a", "b & c", "d")) {
            s3.putObject(b -> b.bucket("logs").key(key), RequestBody.fromString("x"));
        }
        s3.deleteObject(b -> b.bucket("logs").key("d"));
        var deleted = s3.deleteObjects(b -> b.bucket("logs")
                .delete(Delete.builder()
                        .objects(
                                ObjectIdentifier.builder().key("a").build(),
                                ObjectIdentifier.builder().key("b & c").build())
                        .build()));
        assertThat(deleted.deleted()).hasSize(2);
        assertThat(deleted.errors()).isEmpty();
        s3.deleteBucket(b -> b.bucket("logs"));
        assertThat(s3.listBuckets().buckets()).isEmpty();
    }

    @Test
    void buckets_tellWhatTheyAre() {
        s3.createBucket(b -> b.bucket("west")
                .createBucketConfiguration(c -> c.locationConstraint(BucketLocationConstraint.EU_WEST_2)));
        assertThat(s3.getBucketLocation(b -> b.bucket("west")).locationConstraint())
                .isEqualTo(BucketLocationConstraint.EU_WEST_2);
        assertThat(s3.headBucket(b -> b.bucket("west")).bucketRegion()).isEqualTo("eu-west-2");
        assertThat(s3.getBucketAcl(b -> b.bucket("west")).grants().getFirst().permission())
                .isEqualTo(Permission.FULL_CONTROL);
        String policy =
                BucketTest.statement("Allow", "{\"AWS\":\"444455556666\"}", "s3:GetObject", "arn:aws:s3:::west/*");
        s3.putBucketPolicy(b -> b.bucket("west").policy(policy));
        assertThat(s3.getBucketPolicy(b -> b.bucket("west")).policy()).isEqualTo(policy);
        s3.deleteBucketPolicy(b -> b.bucket("west"));
    }

    @Test
    void missing_isTyped() {
        assertThatThrownBy(() -> s3.getObjectAsBytes(b -> b.bucket("logs").key("none")))
                .isInstanceOf(NoSuchKeyException.class);
        assertThatThrownBy(() -> s3.headObject(b -> b.bucket("logs").key("none")))
                .isInstanceOf(NoSuchKeyException.class);
        assertThatThrownBy(() -> s3.headBucket(b -> b.bucket("none"))).isInstanceOf(NoSuchBucketException.class);
        assertThatThrownBy(() -> s3.getBucketCors(b -> b.bucket("logs")))
                .isInstanceOfSatisfying(
                        S3Exception.class, e -> assertThat(e.statusCode()).isEqualTo(501));
    }
}
