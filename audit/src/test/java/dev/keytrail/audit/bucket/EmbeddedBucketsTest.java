package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.audit.trail.ObjectStore.Check;
import dev.keytrail.audit.trail.ObjectStore.Destination;
import dev.keytrail.audit.trail.ObjectStore.NewObject;
import dev.keytrail.audit.trail.ObjectStore.Put;
import dev.keytrail.audit.trail.ObjectStore.Writer;
import dev.keytrail.call.Bytes;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBucketsTest {
    private static final String TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/t";
    private static final Writer WRITER = new Writer(TRAIL, "111122223333", "us-east-1");
    private static final String KEY = "pre/AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/01/a b.json.gz";

    /** As the CloudTrail user guide has it. */
    private static final String POLICY = """
        {"Version":"2012-10-17","Statement":[
        {"Sid":"AWSCloudTrailAclCheck20150319","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},
        "Action":"s3:GetBucketAcl","Resource":"arn:aws:s3:::logs",
        "Condition":{"StringEquals":{"aws:SourceArn":"%1$s"}}},
        {"Sid":"AWSCloudTrailWrite20150319","Effect":"Allow","Principal":{"Service":"cloudtrail.amazonaws.com"},
        "Action":"s3:PutObject","Resource":"arn:aws:s3:::logs/pre/AWSLogs/111122223333/*",
        "Condition":{"StringEquals":{"s3:x-amz-acl":"bucket-owner-full-control","aws:SourceArn":"%1$s",
        "aws:SourceAccount":"111122223333"}}}]}""".formatted(TRAIL);

    @TempDir
    Path directory;

    private BucketWorld world;
    private ObjectStore store;

    @BeforeEach
    void bucket() {
        world = new BucketWorld(directory);
        store = world.objectStore();
        world.put("/logs", "");
    }

    private static NewObject object(Writer writer) {
        return new NewObject(
                "logs", KEY, Bytes.utf8("gz"), "application/json", Optional.of("gzip"), Map.of("sig", "1"), writer);
    }

    @Test
    void putNew_withTheDocumentedPolicy_storesOnce() {
        assertThat(world.put("/logs?policy", POLICY).status()).isEqualTo(204);
        assertThat(store.putNew(object(WRITER))).isEqualTo(Put.STORED);
        assertThat(store.putNew(object(WRITER))).isEqualTo(Put.TAKEN);
        assertThat(store.read("logs", KEY, 10)).contains(Bytes.utf8("gz"));
        assertThat(store.read("logs", "none", 10)).isEmpty();
        assertThatThrownBy(() -> store.read("logs", KEY, 1)).isInstanceOf(ObjectStore.Failure.class);
        BucketWorld.Answer got = world.get("/logs/" + PercentCode.encode(KEY));
        assertThat(got.headers())
                .containsEntry("content-encoding", "gzip")
                .containsEntry("content-type", "application/json")
                .containsEntry("x-amz-meta-sig", "1");
    }

    @Test
    void putNew_forAnotherTrail_isRefused() {
        world.put("/logs?policy", POLICY);
        Writer other = new Writer(TRAIL + "2", "111122223333", "us-east-1");
        assertThatThrownBy(() -> store.putNew(object(other)))
                .isInstanceOfSatisfying(
                        ObjectStore.Failure.class, e -> assertThat(e.code()).isEqualTo("AccessDenied"));
    }

    @Test
    void putNew_withoutBucketOrPolicyOrLedger_fails() {
        assertThatThrownBy(() -> store.putNew(object(WRITER)))
                .isInstanceOfSatisfying(
                        ObjectStore.Failure.class, e -> assertThat(e.code()).isEqualTo("AccessDenied"));
        world.put("/logs?policy", POLICY);
        world.ledger.unavailable(true);
        assertThatThrownBy(() -> store.putNew(object(WRITER)))
                .isInstanceOfSatisfying(
                        ObjectStore.Failure.class, e -> assertThat(e.code()).isEqualTo("ServiceUnavailable"));
        world.ledger.unavailable(false);
        world.delete("/logs");
        assertThatThrownBy(() -> store.putNew(object(WRITER)))
                .isInstanceOfSatisfying(
                        ObjectStore.Failure.class, e -> assertThat(e.code()).isEqualTo("NoSuchBucket"));
    }

    @Test
    void check_tellsWhetherCloudTrailMayDeliver() {
        assertThat(store.check(new Destination("none", Optional.empty(), WRITER)))
                .isEqualTo(Check.NO_SUCH_BUCKET);
        assertThat(store.check(new Destination("logs", Optional.of("pre"), WRITER)))
                .isEqualTo(Check.NOT_PERMITTED);
        world.put("/logs?policy", POLICY);
        assertThat(store.check(new Destination("logs", Optional.of("pre"), WRITER)))
                .isEqualTo(Check.READY);
        assertThat(store.check(new Destination("logs", Optional.of("other"), WRITER)))
                .isEqualTo(Check.NOT_PERMITTED);
    }

    @Test
    void sourceArn_cannotComeFromTheNetwork() {
        world.put("/logs?policy", POLICY);
        assertThat(world.send(
                                dev.keytrail.call.Caller.service("cloudtrail.amazonaws.com"),
                                "PUT",
                                "/logs/" + PercentCode.encode(KEY),
                                Map.of("x-amz-acl", "bucket-owner-full-control", "aws:SourceArn", TRAIL),
                                "x")
                        .code())
                .isEqualTo("AccessDenied");
    }
}
