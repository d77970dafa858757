package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.bucket.BucketWorld.Answer;
import dev.keytrail.call.Resource;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectTest {
    @TempDir
    Path directory;

    private BucketWorld world;

    @BeforeEach
    void bucket() {
        world = new BucketWorld(directory.resolve("objects"));
        assertThat(world.put("/logs", "").status()).isEqualTo(200);
    }

    @Test
    void put_thenGet_givesBytesAndHeadersBack() {
        Answer put = world.put(
                "/logs/a/b%20c",
                "hello",
                "Content-Type",
                "text/plain",
                "Content-Encoding",
                "aws-chunked,gzip",
                "x-amz-meta-Colour",
                "blue",
                "x-amz-server-side-encryption",
                "AES256");
        assertThat(put.status()).isEqualTo(200);
        assertThat(put.header("etag")).isEqualTo("\"5d41402abc4b2a76b9719d911017c592\"");
        assertThat(put.header("x-amz-server-side-encryption")).isEqualTo("AES256");
        Answer got = world.get("/logs/a/b%20c");
        assertThat(got.text()).isEqualTo("hello");
        assertThat(got.headers())
                .containsEntry("etag", put.header("etag"))
                .containsEntry("content-type", "text/plain")
                .containsEntry("content-encoding", "gzip")
                .containsEntry("x-amz-meta-colour", "blue")
                .containsEntry("x-amz-server-side-encryption", "AES256")
                .containsEntry("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT");
    }

    @Test
    void put_emptyObject_isAnObject() {
        assertThat(world.put("/logs/empty", "").status()).isEqualTo(200);
        assertThat(world.get("/logs/empty").status()).isEqualTo(200);
        assertThat(world.send(BucketWorld.ADMIN, "GET", "/logs/empty", Map.of("Range", "bytes=0-"), "")
                        .code())
                .isEqualTo("InvalidRange");
    }

    @Test
    void head_object_announcesItsLengthWithoutBytes() {
        world.put("/logs/k", "hello");
        Answer head = world.send(BucketWorld.ADMIN, "HEAD", "/logs/k", Map.of(), "");
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.announced()).isEqualTo(5);
        assertThat(head.body().isEmpty()).isTrue();
        assertThat(world.send(BucketWorld.ADMIN, "HEAD", "/logs/none", Map.of(), ""))
                .satisfies(missing -> assertThat(missing.status()).isEqualTo(404))
                .satisfies(missing -> assertThat(missing.body().isEmpty()).isTrue());
    }

    @ParameterizedTest
    @CsvSource({
        "bytes=0-3, 206, 0123, bytes 0-3/10",
        "bytes=7-, 206, 789, bytes 7-9/10",
        "bytes=-3, 206, 789, bytes 7-9/10",
        "bytes=-30, 206, 0123456789, bytes 0-9/10",
        "bytes=5-99, 206, 56789, bytes 5-9/10",
        "bytes=9-9, 206, 9, bytes 9-9/10",
        "bytes=10-, 416, , (none)",
        "bytes=-0, 416, , (none)",
        "'bytes=0-1,3-4', 200, 0123456789, (none)",
        "bytes=4-2, 200, 0123456789, (none)",
        "lines=1-2, 200, 0123456789, (none)",
        "bytes=-, 200, 0123456789, (none)",
        "bytes=99999999999999999999-, 200, 0123456789, (none)"
    })
    void get_range_givesThatPart(String range, int status, String body, String contentRange) {
        world.put("/logs/digits", "0123456789");
        Answer got = world.send(BucketWorld.ADMIN, "GET", "/logs/digits", Map.of("Range", range), "");
        assertThat(got.status()).isEqualTo(status);
        assertThat(got.header("content-range")).isEqualTo(contentRange);
        if (body != null) {
            assertThat(got.text()).isEqualTo(body);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        If-Match|"5d41402abc4b2a76b9719d911017c592"|200
        If-Match|5d41402abc4b2a76b9719d911017c592|200
        If-Match|"x"|412
        If-None-Match|"x", W/"5d41402abc4b2a76b9719d911017c592"|304
        If-None-Match|"x"|200
        If-Modified-Since|Thu, 01 Jan 2026 00:00:00 GMT|304
        If-Modified-Since|Wed, 31 Dec 2025 23:59:59 GMT|200
        If-Unmodified-Since|Wed, 31 Dec 2025 23:59:59 GMT|412
        If-Unmodified-Since|Thu, 01 Jan 2026 00:00:00 GMT|200
        If-Modified-Since|yesterday|200
        """)
    void get_condition_decides(String header, String value, int status) {
        world.put("/logs/k", "hello");
        // The JUnit CSV reader takes the outer quotes away, which clients are allowed to leave out too.
        Answer got = world.send(BucketWorld.ADMIN, "GET", "/logs/k", Map.of(header, value), "");
        assertThat(got.status()).isEqualTo(status);
    }

    @Test
    void get_ifRangeOfAnotherVersion_givesTheWhole() {
        world.put("/logs/k", "hello");
        Map<String, String> headers = Map.of("Range", "bytes=0-0", "If-Range", "\"other\"");
        assertThat(world.send(BucketWorld.ADMIN, "GET", "/logs/k", headers, "").status())
                .isEqualTo(200);
    }

    @Test
    void get_responseOverrideWithLineBreak_isRefused() {
        world.put("/logs/k", "hello");
        assertThat(world.get("/logs/k?response-content-type=text/html").header("content-type"))
                .isEqualTo("text/html");
        assertThat(world.get("/logs/k?response-content-type=a%0D%0Ax:y").code()).isEqualTo("InvalidArgument");
    }

    @Test
    void put_ifNoneMatchOnTakenKey_isPreconditionFailed() {
        assertThat(world.put("/logs/k", "one", "If-None-Match", "*").status()).isEqualTo(200);
        Answer second = world.put("/logs/k", "two", "If-None-Match", "*");
        assertThat(second.status()).isEqualTo(412);
        assertThat(second.code()).isEqualTo("PreconditionFailed");
        assertThat(world.get("/logs/k").text()).isEqualTo("one");
    }

    @Test
    void put_ifNoneMatchRace_letsExactlyOneWin() {
        world.beforeNextCommit(() -> assertThat(
                        world.put("/logs/k", "rival", "If-None-Match", "*").status())
                .isEqualTo(200));
        assertThat(world.put("/logs/k", "late", "If-None-Match", "*").code()).isEqualTo("PreconditionFailed");
        assertThat(world.get("/logs/k").text()).isEqualTo("rival");
        world.sweepLater();
        assertThat(world.files()).isEqualTo(1);
    }

    @Test
    void put_ifMatch_replacesThatVersionOnly() {
        world.put("/logs/k", "hello");
        assertThat(world.put("/logs/k", "x", "If-Match", "\"other\"").code()).isEqualTo("PreconditionFailed");
        assertThat(world.put("/logs/none", "x", "If-Match", "\"other\"").code()).isEqualTo("NoSuchKey");
        assertThat(world.put("/logs/k", "x", "If-Match", "\"5d41402abc4b2a76b9719d911017c592\"")
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @CsvSource({
        "x-amz-server-side-encryption, aws:kms, KMS.NotFoundException",
        "x-amz-server-side-encryption, aws:kms:dsse, NotImplemented",
        "x-amz-server-side-encryption, rot13, InvalidArgument",
        "x-amz-server-side-encryption-customer-algorithm, AES256, NotImplemented",
        "x-amz-acl, public-read, AccessControlListNotSupported",
        "x-amz-grant-read, id=x, NotImplemented",
        "x-amz-tagging, aws:a=b, InvalidTag",
        "x-amz-object-lock-legal-hold, ON, InvalidRequest",
        "x-amz-object-lock-mode, COMPLIANCE, InvalidArgument",
        "x-amz-storage-class, GLACIER, NotImplemented",
        "x-amz-copy-source, /logs/other, NoSuchKey",
        "x-amz-checksum-sha512, AAAA, NotImplemented",
        "If-None-Match, abc, NotImplemented",
        "x-amz-expected-bucket-owner, 999999999999, AccessDenied",
        "Content-MD5, AAAA, InvalidDigest",
        "Content-MD5, 1B2M2Y8AsgTpgAmY7PhCfg==, BadDigest",
        "x-amz-checksum-crc32, AAAAAA==, BadDigest",
        "x-amz-checksum-crc32, AAAA, InvalidRequest",
        "x-amz-sdk-checksum-algorithm, CRC32, InvalidRequest",
        "x-amz-content-sha256, e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855, XAmzContentSHA256Mismatch",
        "x-amz-content-sha256, nonsense, InvalidArgument",
    })
    void put_headerThatCannotBeObeyed_isRefusedAndLeavesNothing(String header, String value, String code) {
        assertThat(world.put("/logs/k", "hello", header, value).code()).isEqualTo(code);
        assertThat(world.get("/logs/k").code()).isEqualTo("NoSuchKey");
        assertThat(world.files()).isZero();
    }

    /** Values of the text {@code 123456789}: the catalogues' check values for the CRCs, in base64. */
    @ParameterizedTest
    @CsvSource({
        "x-amz-checksum-crc32, y/Q5Jg==",
        "x-amz-checksum-crc32c, 4waSgw==",
        "x-amz-checksum-crc64nvme, rosUhgp5mIg=",
        "x-amz-checksum-sha1, 98O8HYCOBHMq32eZZczDTKeuNEE=",
        "x-amz-checksum-sha256, FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
    })
    void put_rightChecksum_isKeptAndGivenBack(String header, String value) {
        Answer put = world.put("/logs/k", "123456789", header, value);
        assertThat(put.header(header)).isEqualTo(value);
        assertThat(world.get("/logs/k").header(header)).isEqualTo("(none)");
        Answer got = world.send(BucketWorld.ADMIN, "GET", "/logs/k", Map.of("x-amz-checksum-mode", "ENABLED"), "");
        assertThat(got.header(header)).isEqualTo(value);
    }

    @Test
    void put_bodyShorterOrLongerThanSaid_leavesNothing() {
        for (long said : new long[] {3, 7}) {
            Answer answer = world.send(
                    BucketWorld.ADMIN,
                    "PUT",
                    "/logs/k",
                    Map.of(),
                    new ByteArrayInputStream(new byte[5]),
                    said,
                    Optional.empty());
            assertThat(answer.code()).isEqualTo("IncompleteBody");
        }
        assertThat(world.files()).isZero();
    }

    @Test
    void put_tooLarge_isRefusedBeforeTheDiskIsTouched() {
        BucketWorld small = new BucketWorld(directory.resolve("small"), new BucketSettings(4, Duration.ZERO));
        small.put("/logs", "");
        assertThat(small.put("/logs/k", "12345").code()).isEqualTo("EntityTooLarge");
        assertThat(small.put("/logs/k", "1234").status()).isEqualTo(200);
    }

    @Test
    void put_withoutPermission_isRefusedBeforeTheBodyIsRead() {
        Answer answer = world.send(
                BucketWorld.READER,
                "PUT",
                "/logs/k",
                Map.of(),
                new java.io.InputStream() {
                    @Override
                    public int read() {
                        throw new IllegalStateException("read");
                    }
                },
                5,
                Optional.empty());
        assertThat(answer.text())
                .contains("<Code>AccessDenied</Code>")
                .contains("User: arn:aws:iam::111122223333:user/reader is not authorized to perform: s3:PutObject on"
                        + " resource: &quot;arn:aws:s3:::logs/k&quot; because no identity-based policy allows");
    }

    @Test
    void put_metadataOverTwoKilobytes_isTooLarge() {
        assertThat(world.put("/logs/k", "x", "x-amz-meta-a", "v".repeat(2048)).code())
                .isEqualTo("MetadataTooLarge");
        assertThat(world.put("/logs/k", "x", "x-amz-meta-a", "v".repeat(2047)).status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"..%2F..%2Fetc%2Fpasswd", "/double//slash/", "%00", "%E2%82%AC/%F0%9F%98%80", ".", "a%2Bb+c"})
    void put_anyKey_isOnlyDataAndComesBack(String key) {
        assertThat(world.put("/logs/" + key, "here").status()).isEqualTo(200);
        assertThat(world.get("/logs/" + key).text()).isEqualTo("here");
        String listed = world.get("/logs?list-type=2&encoding-type=url").text();
        String name = PercentCode.encode(PercentCode.decode(key, false).orElseThrow());
        assertThat(listed).contains("<Key>" + name + "</Key>");
        assertThat(world.files()).isEqualTo(1);
    }

    @Test
    void put_keyOf1025Bytes_isTooLong() {
        assertThat(world.put("/logs/" + "k".repeat(1024), "x").status()).isEqualTo(200);
        assertThat(world.put("/logs/" + "k".repeat(1025), "x").code()).isEqualTo("KeyTooLongError");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/logs/%ff", "/logs/%4", "/logs/%zz", "/logs/k?prefix=%ff", "//k"})
    void request_undecodable_isInvalidUri(String target) {
        assertThat(world.get(target).code()).isEqualTo("InvalidURI");
    }

    @Test
    void get_missingKey_tellsOnlyWhoMayList() {
        world.allow(BucketWorld.READER, "s3:GetObject", "arn:aws:s3:::logs/*");
        assertThat(world.send(BucketWorld.READER, "GET", "/logs/none", Map.of(), "")
                        .code())
                .isEqualTo("AccessDenied");
        world.allow(BucketWorld.READER, "s3:ListBucket", "arn:aws:s3:::logs");
        assertThat(world.send(BucketWorld.READER, "GET", "/logs/none", Map.of(), "")
                        .code())
                .isEqualTo("NoSuchKey");
    }

    @Test
    void get_notesObjectAndBucketForTheEvent() {
        world.put("/logs/k", "x");
        assertThat(world.notes.getLast().resources())
                .containsExactly(
                        new Resource(BucketWorld.ACCOUNT, "AWS::S3::Object", "arn:aws:s3:::logs/k"),
                        new Resource(BucketWorld.ACCOUNT, "AWS::S3::Bucket", "arn:aws:s3:::logs"));
    }

    @Test
    void delete_object_isGoneAndItsBytesFollowLater() {
        world.put("/logs/k", "x");
        assertThat(world.delete("/logs/k").status()).isEqualTo(204);
        assertThat(world.delete("/logs/k").status()).isEqualTo(204);
        assertThat(world.get("/logs/k").code()).isEqualTo("NoSuchKey");
        world.sweep();
        assertThat(world.files()).isEqualTo(1);
        world.sweepLater();
        assertThat(world.files()).isZero();
    }

    @Test
    void deleteObjects_decidesEachKeyByItself() {
        world.put("/logs/a", "x");
        world.put("/logs/b", "x");
        world.allow(BucketWorld.READER, "s3:DeleteObject", "arn:aws:s3:::logs/a");
        String body = "<?xml version=\"1.0\"?><Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
                + "<Object><Key>a</Key></Object><Object><Key>b</Key></Object><Object><Key>a</Key></Object></Delete>";
        Answer answer = world.send(BucketWorld.READER, "POST", "/logs?delete", md5(body), body);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.text())
                .contains("<Deleted><Key>a</Key></Deleted>")
                .contains("<Error><Key>b</Key><Code>AccessDenied</Code>");
        assertThat(world.get("/logs/a").code()).isEqualTo("NoSuchKey");
        assertThat(world.get("/logs/b").status()).isEqualTo(200);
    }

    @Test
    void deleteObjects_withoutAnyChecksum_isRefused() {
        String body = "<Delete><Object><Key>a</Key></Object></Delete>";
        assertThat(world.send(BucketWorld.ADMIN, "POST", "/logs?delete", Map.of(), body)
                        .code())
                .isEqualTo("InvalidRequest");
    }

    @Test
    void anonymous_isRefused() {
        world.put("/logs/k", "x");
        assertThat(world.send(dev.keytrail.call.Caller.NOBODY, "GET", "/logs/k", Map.of(), "")
                        .code())
                .isEqualTo("AccessDenied");
    }

    static Map<String, String> md5(String body) {
        byte[] digest = Checksum.digest("MD5").digest(body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        return Map.of("Content-MD5", java.util.Base64.getEncoder().encodeToString(digest));
    }
}
