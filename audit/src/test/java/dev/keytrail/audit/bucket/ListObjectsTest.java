package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ListObjectsTest {
    @TempDir
    Path directory;

    private BucketWorld world;

    @BeforeEach
    void objects() {
        world = new BucketWorld(directory);
        world.put("/logs", "");
        for (String key : new String[] {"a", "b/1", "b/2", "c d"}) {
            world.put("/logs/" + key.replace(" ", "%20"), "hello");
        }
    }

    private static String element(String xml, String name) {
        return xml.replaceAll("(?s).*<" + name + ">(.*?)</" + name + ">.*", "$1");
    }

    @Test
    void second_pagesThroughPrefixesAndKeys() {
        String first = world.get("/logs?list-type=2&delimiter=%2F&max-keys=2").text();
        assertThat(first)
                .contains("<KeyCount>2</KeyCount>")
                .contains("<Key>a</Key>")
                .contains("<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>")
                .contains("<IsTruncated>true</IsTruncated>")
                .contains("<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag>")
                .contains("<LastModified>2026-01-01T00:00:00.000Z</LastModified>")
                .doesNotContain("<Owner>");
        String second = world.get("/logs?list-type=2&delimiter=/&max-keys=2&fetch-owner=true&continuation-token="
                        + element(first, "NextContinuationToken"))
                .text();
        assertThat(second)
                .contains("<Key>c d</Key>")
                .contains("<Owner>")
                .contains("<IsTruncated>false</IsTruncated>")
                .doesNotContain("b/");
    }

    @Test
    void first_pagesByMarker() {
        String first = world.get("/logs?delimiter=%2F&max-keys=2").text();
        assertThat(first).contains("<NextMarker>b/</NextMarker>").contains("<Owner>");
        String second = world.get("/logs?delimiter=%2F&marker=b%2F").text();
        assertThat(second)
                .contains("<Marker>b/</Marker>")
                .contains("<Key>c d</Key>")
                .doesNotContain("<Prefix>b/");
        assertThat(world.get("/logs?max-keys=1").text()).doesNotContain("<NextMarker>");
    }

    @Test
    void encodingType_codesEveryName() {
        assertThat(world.get("/logs?encoding-type=url&prefix=c%20").text())
                .contains("<Prefix>c%20</Prefix>")
                .contains("<Key>c%20d</Key>")
                .contains("<EncodingType>url</EncodingType>");
        assertThat(world.get("/logs?encoding-type=gzip").code()).isEqualTo("InvalidArgument");
    }

    @Test
    void maxKeys_outOfRange_isRefusedOrCut() {
        assertThat(world.get("/logs?max-keys=-1").code()).isEqualTo("InvalidArgument");
        assertThat(world.get("/logs?max-keys=x").code()).isEqualTo("InvalidArgument");
        assertThat(world.get("/logs?max-keys=5000").text()).contains("<MaxKeys>1000</MaxKeys>");
        assertThat(world.get("/logs?list-type=2&max-keys=0").text())
                .contains("<KeyCount>0</KeyCount>")
                .contains("<IsTruncated>false</IsTruncated>");
    }

    @Test
    void continuationToken_thatIsNone_isRefused() {
        for (String token : new String[] {"", "!!", "eHg", "aw"}) {
            assertThat(world.get("/logs?list-type=2&continuation-token=" + token)
                            .code())
                    .as(token)
                    .isEqualTo("InvalidArgument");
        }
    }

    @Test
    void prefixCondition_bindsListings() {
        String deny = "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":"
                + "\"s3:ListBucket\",\"Resource\":\"arn:aws:s3:::logs\",\"Condition\":{\"StringLike\":{\"s3:prefix\":"
                + "\"b/*\"}}}]}";
        assertThat(world.put("/logs?policy", deny).status()).isEqualTo(204);
        assertThat(world.get("/logs?prefix=b/").code()).isEqualTo("AccessDenied");
        assertThat(world.get("/logs?prefix=a").status()).isEqualTo(200);
    }
}
