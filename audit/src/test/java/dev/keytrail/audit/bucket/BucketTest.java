package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.bucket.BucketWorld.Answer;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BucketTest {
    @TempDir
    Path directory;

    private BucketWorld world;

    @BeforeEach
    void world() {
        world = new BucketWorld(directory);
    }

    @Test
    void create_namesAreSharedByAllAccounts() {
        assertThat(world.put("/logs", "").header("location")).isEqualTo("/logs");
        assertThat(world.put("/logs", "").status()).isEqualTo(200);
        assertThat(world.send(BucketWorld.STRANGER, "PUT", "/logs", Map.of(), "")
                        .code())
                .isEqualTo("BucketAlreadyExists");
    }

    @ParameterizedTest
    @CsvSource({"ab", "Logs", "a..b", "192.168.0.1", "-ab", "ab-", "a_b", "xn--abc", "abc--x-s3"})
    void create_badName_isInvalid(String name) {
        assertThat(world.put("/" + name, "").code()).isEqualTo("InvalidBucketName");
    }

    @ParameterizedTest
    @CsvSource({
        "us-east-1, , 200, ''",
        "us-east-1, eu-west-2, 200, eu-west-2",
        "eu-west-2, eu-west-2, 200, eu-west-2",
        "eu-west-2, , IllegalLocationConstraintException, ",
        "eu-west-2, eu-west-1, IllegalLocationConstraintException, ",
        "us-east-1, us-east-1, InvalidLocationConstraint, ",
        "us-east-1, moon, InvalidLocationConstraint, ",
    })
    void create_location_followsTheEndpointsRegion(String region, String constraint, String result, String location) {
        String body = constraint == null
                ? ""
                : "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>"
                        + constraint + "</LocationConstraint></CreateBucketConfiguration>";
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        Answer answer = world.send(
                BucketWorld.ADMIN,
                region,
                "PUT",
                "/logs",
                Map.of(),
                new ByteArrayInputStream(bytes),
                bytes.length,
                Optional.empty());
        assertThat(answer.code()).isEqualTo(result);
        if (answer.status() == 200) {
            assertThat(world.get("/logs?location").text()).contains(">" + location + "</LocationConstraint>");
        }
    }

    @Test
    void list_showsTheAccountsOwnInPages() {
        for (String name : List.of("bbb", "aaa", "ccc")) {
            world.put("/" + name, "");
        }
        world.send(BucketWorld.STRANGER, "PUT", "/theirs", Map.of(), "");
        String all = world.get("/").text();
        assertThat(all).containsSubsequence("<Name>aaa</Name>", "<Name>bbb</Name>", "<Name>ccc</Name>");
        assertThat(all).doesNotContain("theirs").doesNotContain("ContinuationToken");
        String first = world.get("/?max-buckets=2").text();
        assertThat(first).contains("<Name>bbb</Name>").doesNotContain("<Name>ccc</Name>");
        String token = first.replaceAll("(?s).*<ContinuationToken>(.*)</ContinuationToken>.*", "$1");
        assertThat(world.get("/?max-buckets=2&continuation-token=" + token).text())
                .contains("<Name>ccc</Name>")
                .doesNotContain("<Name>bbb</Name>");
    }

    @Test
    void delete_onlyWhenEmpty() {
        world.put("/logs", "");
        world.put("/logs/k", "x");
        assertThat(world.delete("/logs").code()).isEqualTo("BucketNotEmpty");
        world.delete("/logs/k");
        assertThat(world.delete("/logs").status()).isEqualTo(204);
        assertThat(world.delete("/logs").code()).isEqualTo("NoSuchBucket");
        assertThat(world.get("/").text()).doesNotContain("<Name>");
    }

    @Test
    void delete_whileAnObjectIsPut_seesIt() {
        world.put("/logs", "");
        world.beforeNextCommit(
                () -> assertThat(world.put("/logs/k", "x").status()).isEqualTo(200));
        assertThat(world.delete("/logs").code()).isEqualTo("BucketNotEmpty");
        assertThat(world.get("/logs/k").text()).isEqualTo("x");
    }

    @Test
    void put_whileTheBucketIsDeleted_findsNoBucket() {
        world.put("/logs", "");
        world.beforeNextCommit(() -> assertThat(world.delete("/logs").status()).isEqualTo(204));
        assertThat(world.put("/logs/k", "x").code()).isEqualTo("NoSuchBucket");
    }

    @Test
    void head_bucket_tellsItsRegion() {
        world.put("/logs", "");
        assertThat(world.send(BucketWorld.ADMIN, "HEAD", "/logs/", Map.of(), "").header("x-amz-bucket-region"))
                .isEqualTo("us-east-1");
        assertThat(world.send(BucketWorld.ADMIN, "HEAD", "/none", Map.of(), "").status())
                .isEqualTo(404);
    }

    @Test
    void acl_isTheOwnersFullControl() {
        world.put("/logs", "");
        assertThat(world.get("/logs?acl").text())
                .contains("<Permission>FULL_CONTROL</Permission>")
                .contains("<ID>" + CanonicalId.of(BucketWorld.ACCOUNT) + "</ID>");
        assertThat(world.send(BucketWorld.ADMIN, "PUT", "/logs?acl", Map.of(), "")
                        .code())
                .isEqualTo("NotImplemented");
    }

    @Test
    void policy_putGetDelete_bindsAtOnce() {
        world.put("/logs", "");
        world.put("/logs/k", "x");
        assertThat(world.get("/logs?policy").code()).isEqualTo("NoSuchBucketPolicy");
        assertThat(world.send(BucketWorld.STRANGER, "GET", "/logs/k", Map.of(), "")
                        .code())
                .isEqualTo("AccessDenied");
        String policy = statement("Allow", "{\"AWS\":\"444455556666\"}", "s3:GetObject", "arn:aws:s3:::logs/*");
        assertThat(world.put("/logs?policy", policy).status()).isEqualTo(204);
        assertThat(world.get("/logs?policy").text()).isEqualTo(policy);
        assertThat(world.send(BucketWorld.STRANGER, "GET", "/logs/k", Map.of(), "")
                        .text())
                .isEqualTo("x");
        assertThat(world.delete("/logs?policy").status()).isEqualTo(204);
        assertThat(world.send(BucketWorld.STRANGER, "GET", "/logs/k", Map.of(), "")
                        .code())
                .isEqualTo("AccessDenied");
    }

    @Test
    void policy_changedWhilePutting_bindsThePut() {
        world.put("/logs", "");
        String deny = statement("Deny", "\"*\"", "s3:PutObject", "arn:aws:s3:::logs/*");
        world.beforeNextCommit(
                () -> assertThat(world.put("/logs?policy", deny).status()).isEqualTo(204));
        assertThat(world.put("/logs/k", "x").code()).isEqualTo("AccessDenied");
    }

    @Test
    void policy_thatLocksEveryoneOut_theOwnersRootCanMend() {
        world.put("/logs", "");
        world.put("/logs?policy", statement("Deny", "\"*\"", "s3:*", "arn:aws:s3:::logs"));
        assertThat(world.delete("/logs?policy").code()).isEqualTo("AccessDenied");
        assertThat(world.send(BucketWorld.ROOT, "DELETE", "/logs?policy", Map.of(), "")
                        .status())
                .isEqualTo(204);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        not json
        {}
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::logs"}]}
        {"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::other"}]}
        """)
    void policy_bad_isMalformed(String policy) {
        world.put("/logs", "");
        assertThat(world.put("/logs?policy", policy).code()).isEqualTo("MalformedPolicy");
        assertThat(world.get("/logs?policy").code()).isEqualTo("NoSuchBucketPolicy");
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /logs?cors, GetBucketCors, MANAGEMENT, true",
        "PUT, /logs?lifecycle, PutBucketLifecycleConfiguration, MANAGEMENT, false",
        "PUT, /logs?notification, PutBucketNotificationConfiguration, MANAGEMENT, false",
        "GET, /logs/k?attributes, GetObjectAttributes, DATA, true",
        "PUT, /logs/k?acl, PutObjectAcl, DATA, false",
        "POST, /logs/k?select, SelectObjectContent, DATA, false",
        "POST, /logs, PostObject, DATA, false",
    })
    void route_operationNotDone_isRefusedUnderItsName(
            String method, String target, String name, LedgerRecord.Category category, boolean readOnly) {
        int question = target.indexOf('?');
        S3Head head = new S3Head(
                method,
                question < 0 ? target : target.substring(0, question),
                question < 0 ? "" : target.substring(question + 1),
                S3Headers.of(Map.of()));
        S3Operation operation = world.buckets.route(head).orElseThrow().operation();
        assertThat(operation.row().name()).isEqualTo(name);
        assertThat(operation.category()).isEqualTo(category);
        assertThat(operation.row().readOnly()).isEqualTo(readOnly);
        Answer answer = world.send(BucketWorld.ADMIN, method, target, Map.of(), "");
        assertThat(answer.status()).isEqualTo(501);
        assertThat(answer.text()).contains("<Code>NotImplemented</Code>").contains("<RequestId>");
    }

    @Test
    void route_methodThatS3LacksThere_isEmpty() {
        assertThat(world.send(BucketWorld.ADMIN, "PATCH", "/logs/k", Map.of(), "")
                        .status())
                .isEqualTo(405);
        assertThat(world.send(BucketWorld.ADMIN, "PUT", "/", Map.of(), "").status())
                .isEqualTo(405);
    }

    @Test
    void facts_ofPresignedRequest_hideSignatureAndToken() {
        S3Head head = new S3Head(
                "GET",
                "/logs/k",
                "X-Amz-Signature=SECRET&X-Amz-Credential=SECRET&X-Amz-Security-Token=SECRET&X-Amz-Expires=60",
                S3Headers.of(Map.of("host", List.of("h"), "x-amz-security-token", List.of("SECRET"))));
        S3Route route = world.buckets.route(head).orElseThrow();
        Facts facts =
                route.operation().row().requestParameters().apply(route.bare()).orElseThrow();
        assertThat(facts)
                .isEqualTo(Facts.facts()
                        .put("bucketName", "logs")
                        .put("Host", "h")
                        .put("key", "k")
                        .put("X-Amz-Expires", "60"));
    }

    @Test
    void facts_ofPutBucketPolicy_showThePolicy() {
        String policy = statement("Allow", "{\"AWS\":[\"444455556666\"]}", "s3:GetObject", "arn:aws:s3:::logs/*");
        Facts facts = PolicyFacts.of(policy).orElseThrow();
        assertThat(facts.get("Version")).contains("2012-10-17");
        assertThat(facts.get("Statement").orElseThrow()).isInstanceOf(List.class);
        assertThat(PolicyFacts.resources(policy)).containsExactly("arn:aws:s3:::logs/*");
        assertThat(PolicyFacts.of("[" + "[".repeat(5000))).isEmpty();
    }

    @Test
    void nobody_cannotCreate() {
        assertThat(world.send(Caller.NOBODY, "PUT", "/logs", Map.of(), "").code())
                .isEqualTo("AccessDenied");
    }

    static String statement(String effect, String principal, String action, String resource) {
        return ("{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"%s\",\"Principal\":%s,\"Action\":\"%s\","
                        + "\"Resource\":\"%s\"}]}")
                .formatted(effect, principal, action, resource);
    }
}
