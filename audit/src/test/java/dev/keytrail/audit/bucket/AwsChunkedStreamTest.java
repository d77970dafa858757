package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.bucket.BucketWorld.Answer;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AwsChunkedStreamTest {
    private static final String PREFIX = "20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n";
    private static final String EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    /** The example of AWS's "Signature Calculations: Transferring Payload in Multiple Chunks". */
    private static final String SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    @TempDir
    Path directory;

    private BucketWorld world;

    @BeforeEach
    void bucket() {
        world = new BucketWorld(directory);
        world.put("/logs", "");
    }

    /** Signs and checks as a client does. */
    private static final class Chain implements ChunkVerifier {
        private final byte[] key;
        private String previous = SEED;

        private Chain() {
            byte[] step = ("AWS4" + SECRET).getBytes(StandardCharsets.UTF_8);
            for (String part : new String[] {"20130524", "us-east-1", "s3", "aws4_request"}) {
                step = hmac(step, part);
            }
            key = step;
        }

        private static byte[] hmac(byte[] key, String text) {
            try {
                Mac mac = Mac.getInstance("HmacSHA256");
                mac.init(new SecretKeySpec(key, "HmacSHA256"));
                return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(e);
            }
        }

        private String next(String kind, String hashes) {
            previous = HexFormat.of()
                    .formatHex(hmac(key, "AWS4-HMAC-SHA256-" + kind + "\n" + PREFIX + previous + "\n" + hashes));
            return previous;
        }

        private String chunk(byte[] data) {
            byte[] digest = Checksum.digest("SHA-256").digest(data);
            return next("PAYLOAD", EMPTY + "\n" + HexFormat.of().formatHex(digest));
        }

        private String trailer(String lines) {
            byte[] digest = Checksum.digest("SHA-256").digest(lines.getBytes(StandardCharsets.UTF_8));
            return next("TRAILER", HexFormat.of().formatHex(digest));
        }

        @Override
        public boolean acceptsChunk(String signature, byte[] sha256) {
            return next("PAYLOAD", EMPTY + "\n" + HexFormat.of().formatHex(sha256))
                    .equals(signature);
        }

        @Override
        public boolean acceptsTrailer(String signature, byte[] sha256) {
            return next("TRAILER", HexFormat.of().formatHex(sha256)).equals(signature);
        }
    }

    private static String signed(String... chunks) {
        Chain chain = new Chain();
        StringBuilder body = new StringBuilder();
        for (String chunk : chunks) {
            byte[] data = chunk.getBytes(StandardCharsets.ISO_8859_1);
            body.append(Integer.toHexString(data.length))
                    .append(";chunk-signature=")
                    .append(chain.chunk(data))
                    .append("\r\n");
            body.append(chunk).append("\r\n");
        }
        return body.append("0;chunk-signature=")
                .append(chain.chunk(new byte[0]))
                .append("\r\n\r\n")
                .toString();
    }

    private Answer put(String coding, String body, long decoded, String... headers) {
        Map<String, String> all = BucketWorld.map(headers);
        all.put("x-amz-content-sha256", coding);
        all.put("x-amz-decoded-content-length", Long.toString(decoded));
        byte[] bytes = body.getBytes(StandardCharsets.ISO_8859_1);
        return world.send(
                BucketWorld.ADMIN,
                "PUT",
                "/logs/k",
                all,
                new ByteArrayInputStream(bytes),
                bytes.length,
                Optional.of(new Chain()));
    }

    @Test
    void signatures_ofAwssExample_areAwss() {
        Chain chain = new Chain();
        byte[] first = new byte[65536];
        Arrays.fill(first, (byte) 'a');
        byte[] second = new byte[1024];
        Arrays.fill(second, (byte) 'a');
        assertThat(chain.chunk(first)).isEqualTo("ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648");
        assertThat(chain.chunk(second)).isEqualTo("0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497");
        assertThat(chain.chunk(new byte[0]))
                .isEqualTo("b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9");
    }

    @Test
    void signed_awssExample_isDecoded() {
        String body = signed("a".repeat(65536), "a".repeat(1024));
        assertThat(put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body, 66560).status())
                .isEqualTo(200);
        assertThat(world.get("/logs/k").text()).isEqualTo("a".repeat(66560));
    }

    @Test
    void signed_oneByteChanged_isRefusedAndLeavesNothing() {
        String body = signed("hello", "world");
        assertThat(put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body.replace("world", "worlD"), 10)
                        .code())
                .isEqualTo("SignatureDoesNotMatch");
        assertThat(world.files()).isZero();
        assertThat(world.get("/logs/k").code()).isEqualTo("NoSuchKey");
    }

    @Test
    void signed_chunksSwappedOrUnsigned_areRefused() {
        String right = signed("hello", "world");
        int secondAt = right.indexOf("5;", 1);
        int thirdAt = right.indexOf("0;chunk", secondAt + 80);
        String swapped = right.substring(secondAt, thirdAt) + right.substring(0, secondAt) + right.substring(thirdAt);
        String coding = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
        assertThat(put(coding, swapped, 10).code()).isEqualTo("SignatureDoesNotMatch");
        assertThat(put(coding, "5\r\nhello\r\n0\r\n\r\n", 5).code()).isEqualTo("SignatureDoesNotMatch");
    }

    @Test
    void signed_cutAnywhere_leavesNothing() {
        String body = signed("hello", "world");
        // Without its last, empty line a body still is complete: some clients leave it out.
        for (int length = 0; length < body.length() - 3; length++) {
            assertThat(put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", body.substring(0, length), 10)
                            .status())
                    .as("cut to %d", length)
                    .isIn(400, 403);
        }
        assertThat(world.files()).isZero();
    }

    @Test
    void signed_byNobody_isRefused() {
        byte[] bytes = signed("hello").getBytes(StandardCharsets.ISO_8859_1);
        Answer answer = world.send(
                BucketWorld.ADMIN,
                "PUT",
                "/logs/k",
                Map.of(
                        "x-amz-content-sha256",
                        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
                        "x-amz-decoded-content-length",
                        "5"),
                new ByteArrayInputStream(bytes),
                bytes.length,
                Optional.empty());
        assertThat(answer.code()).isEqualTo("SignatureDoesNotMatch");
    }

    @Test
    void signedTrailer_isCheckedWithItsChecksum() {
        Chain chain = new Chain();
        String trailer = "x-amz-checksum-crc32:NhCmhg==";
        String body = "5;chunk-signature=" + chain.chunk("hello".getBytes(StandardCharsets.UTF_8)) + "\r\nhello\r\n"
                + "0;chunk-signature=" + chain.chunk(new byte[0]) + "\r\n" + trailer + "\r\nx-amz-trailer-signature:"
                + chain.trailer(trailer + "\n") + "\r\n\r\n";
        String coding = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
        assertThat(put(coding, body, 5, "x-amz-trailer", "x-amz-checksum-crc32").header("x-amz-checksum-crc32"))
                .isEqualTo("NhCmhg==");
        String other = body.replace("NhCmhg==", "AAAAAA==");
        assertThat(put(coding, other, 5, "x-amz-trailer", "x-amz-checksum-crc32")
                        .code())
                .isEqualTo("SignatureDoesNotMatch");
        String without = body.replaceAll("x-amz-trailer-signature:[0-9a-f]+\r\n", "");
        assertThat(put(coding, without, 5, "x-amz-trailer", "x-amz-checksum-crc32")
                        .code())
                .isEqualTo("SignatureDoesNotMatch");
    }

    @Test
    void unsignedTrailer_isCheckedByItsChecksum() {
        String coding = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
        String body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
        String[] trailer = {"x-amz-trailer", "x-amz-checksum-crc32", "x-amz-sdk-checksum-algorithm", "CRC32"};
        assertThat(put(coding, body, 5, trailer).status()).isEqualTo(200);
        assertThat(put(coding, body.replace("hello", "hallo"), 5, trailer).code())
                .isEqualTo("BadDigest");
        assertThat(put(coding, "5\r\nhello\r\n0\r\n\r\n", 5, trailer).code()).isEqualTo("InvalidRequest");
        assertThat(put(coding, body + "more", 5, trailer).code()).isEqualTo("InvalidRequest");
        assertThat(put(coding, body, 4, trailer).code()).isEqualTo("IncompleteBody");
        assertThat(put(coding, body, 6, trailer).code()).isEqualTo("IncompleteBody");
        assertThat(put(coding, body.replace("5\r\n", "fffffffffffff\r\n"), 5, trailer)
                        .code())
                .isEqualTo("InvalidRequest");
        assertThat(put(coding, body, 5, "x-amz-trailer", "x-amz-other").code()).isEqualTo("InvalidRequest");
    }
}
