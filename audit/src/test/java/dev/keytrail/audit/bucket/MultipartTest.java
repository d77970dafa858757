package dev.keytrail.audit.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.bucket.BucketWorld.Answer;
import dev.keytrail.call.State;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.testkit.SeededEntropy;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Uploads in parts, copies, and contents under KMS keys. */
class MultipartTest {
    private static final int PART = 5 << 20;

    @TempDir
    Path directory;

    private final Random random = new Random(5);
    private BucketWorld world;

    @BeforeEach
    void bucket() {
        world = new BucketWorld(directory);
        world.put("/logs", "");
    }

    private byte[] bytes(int size) {
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return bytes;
    }

    private Answer send(String method, String target, byte[] body, String... headers) {
        return world.send(
                BucketWorld.ADMIN,
                method,
                target,
                BucketWorld.map(headers),
                new ByteArrayInputStream(body),
                body.length,
                Optional.empty());
    }

    private static String between(String text, String element) {
        return text.substring(text.indexOf("<" + element + ">") + element.length() + 2, text.indexOf("</" + element));
    }

    private String begun(String target, String... headers) {
        return between(send("POST", target + "?uploads", new byte[0], headers).text(), "UploadId");
    }

    private String part(String target, String upload, int number, byte[] body, String... headers) {
        Answer answer = send("PUT", target + "?partNumber=" + number + "&uploadId=" + upload, body, headers);
        assertThat(answer.status()).isEqualTo(200);
        return "<Part><PartNumber>" + number + "</PartNumber><ETag>" + answer.header("etag") + "</ETag></Part>";
    }

    private Answer complete(String target, String upload, String... parts) {
        String document = "<CompleteMultipartUpload>" + String.join("", parts) + "</CompleteMultipartUpload>";
        return world.send(BucketWorld.ADMIN, "POST", target + "?uploadId=" + upload, Map.of(), document);
    }

    @ParameterizedTest
    @CsvSource({"''", "known", "AES256"})
    void parts_becomeOneObject_andAnyRangeOfItIsRight(String key) {
        String[] terms = key.isEmpty()
                ? new String[] {"Content-Type", "text/x"}
                : key.equals("AES256")
                        ? new String[] {"Content-Type", "text/x", "x-amz-server-side-encryption", key}
                        : new String[] {
                            "Content-Type",
                            "text/x",
                            "x-amz-server-side-encryption",
                            "aws:kms",
                            "x-amz-server-side-encryption-aws-kms-key-id",
                            key
                        };
        byte[] first = bytes(PART);
        byte[] second = bytes(PART + 70_001);
        byte[] third = bytes(3);
        String upload = begun("/logs/big", terms);
        String lost = part("/logs/big", upload, 2, bytes(9));
        String[] parts = {
            part("/logs/big", upload, 1, first),
            part("/logs/big", upload, 2, second),
            part("/logs/big", upload, 7, third)
        };
        part("/logs/big", upload, 9, bytes(5));
        assertThat(complete("/logs/big", upload, parts[0], lost).code()).isEqualTo("InvalidPart");
        assertThat(complete("/logs/big", upload, parts[1], parts[0]).code()).isEqualTo("InvalidPartOrder");
        assertThat(complete("/logs/big", upload, parts[2], parts[2].replace(">7<", ">9<"))
                        .code())
                .isEqualTo("InvalidPart");
        assertThat(world.get("/logs/big").code()).isEqualTo("NoSuchKey");
        Answer done = complete("/logs/big", upload, parts);
        assertThat(done.text()).contains("-3&quot;</ETag>");
        assertThat(complete("/logs/big", upload, parts).code()).isEqualTo("NoSuchUpload");
        byte[] whole = Arrays.copyOf(first, first.length + second.length + third.length);
        System.arraycopy(second, 0, whole, first.length, second.length);
        System.arraycopy(third, 0, whole, first.length + second.length, third.length);
        Answer got = world.get("/logs/big");
        assertThat(got.body().unsafeArray()).isEqualTo(whole);
        assertThat(got.header("content-type")).isEqualTo("text/x");
        for (int i = 0; i < 30; i++) {
            int from = random.nextInt(whole.length);
            int to = Math.min(whole.length - 1, from + random.nextInt(200_000));
            Answer range =
                    world.send(BucketWorld.ADMIN, "GET", "/logs/big", Map.of("Range", "bytes=" + from + "-" + to), "");
            assertThat(range.body().unsafeArray()).isEqualTo(Arrays.copyOfRange(whole, from, to + 1));
        }
        assertThat(world.get("/logs/big?partNumber=3").body().unsafeArray()).isEqualTo(third);
        assertThat(world.get("/logs/big?partNumber=4").code()).isEqualTo("InvalidRange");
        world.sweepLater();
        assertThat(world.files()).isEqualTo(3);
        assertThat(world.get("/logs/big").body().unsafeArray()).isEqualTo(whole);
    }

    @Test
    void smallPartInTheMiddle_isRefused() {
        String upload = begun("/logs/k");
        assertThat(complete(
                                "/logs/k",
                                upload,
                                part("/logs/k", upload, 1, bytes(4)),
                                part("/logs/k", upload, 2, bytes(4)))
                        .code())
                .isEqualTo("EntityTooSmall");
        assertThat(complete("/logs/k", upload).code()).isEqualTo("MalformedXML");
    }

    @Test
    void abort_takesEverything_alsoFromARacingPart() {
        String upload = begun("/logs/k");
        part("/logs/k", upload, 1, bytes(4));
        assertThat(world.delete("/logs").code()).isEqualTo("BucketNotEmpty");
        world.beforeNextCommit(() -> part("/logs/k", upload, 2, bytes(4)));
        assertThat(world.delete("/logs/k?uploadId=" + upload).status()).isEqualTo(204);
        assertThat(world.get("/logs/k?uploadId=" + upload).code()).isEqualTo("NoSuchUpload");
        world.beforeNextCommit(() -> {});
        world.sweepLater();
        assertThat(world.files()).isZero();
        assertThat(world.delete("/logs").status()).isEqualTo(204);
    }

    @Test
    void partOfAnUploadThatGoes_isRefused() {
        String upload = begun("/logs/k");
        world.beforeNextCommit(() -> world.delete("/logs/k?uploadId=" + upload));
        assertThat(send("PUT", "/logs/k?partNumber=1&uploadId=" + upload, bytes(4))
                        .code())
                .isEqualTo("NoSuchUpload");
        world.sweepLater();
        assertThat(world.files()).isZero();
    }

    @Test
    void listings_pageThroughUploadsAndParts() {
        List<String> uploads = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            uploads.add(begun("/logs/a" + i));
        }
        String page = world.get("/logs?uploads&max-uploads=2").text();
        assertThat(page).contains("<NextKeyMarker>a1</NextKeyMarker>").contains("<IsTruncated>true");
        assertThat(world.get("/logs?uploads&key-marker=a1&upload-id-marker=" + uploads.get(1))
                        .text())
                .contains("<Key>a2</Key>")
                .doesNotContain("<Key>a1</Key>")
                .contains("<IsTruncated>false");
        for (int number : List.of(3, 1, 2)) {
            part("/logs/a0", uploads.getFirst(), number, bytes(number));
        }
        assertThat(world.get("/logs/a0?uploadId=" + uploads.getFirst() + "&max-parts=2")
                        .text())
                .contains("<NextPartNumberMarker>2</NextPartNumberMarker>")
                .contains("<IsTruncated>true");
        assertThat(world.get("/logs/a0?uploadId=" + uploads.getFirst() + "&part-number-marker=2")
                        .text())
                .contains("<PartNumber>3</PartNumber>")
                .doesNotContain("<PartNumber>2</PartNumber>");
    }

    /** The checksum of the whole is found from those of the parts, whatever their sizes. */
    @ParameterizedTest
    @EnumSource(
            value = Checksum.class,
            names = {"CRC32", "CRC32C", "CRC64NVME"})
    void checksumsOfParts_combine(Checksum checksum) {
        for (int i = 0; i < 50; i++) {
            byte[] whole = bytes(random.nextInt(3000));
            int cut = random.nextInt(whole.length + 1);
            Checksum.Running first = checksum.start();
            first.update(whole, 0, cut);
            Checksum.Running second = checksum.start();
            second.update(whole, cut, whole.length - cut);
            Checksum.Running all = checksum.start();
            all.update(whole, 0, whole.length);
            assertThat(checksum.combined(first.base64(), second.base64(), whole.length - cut))
                    .isEqualTo(all.base64());
        }
    }

    @Test
    void underTheRootKey_noPlaintextIsOnDisk_andAnyRangeIsRight() throws IOException {
        byte[] body = "a marked secret line\n".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        Answer put = send("PUT", "/logs/k", body, "x-amz-server-side-encryption", "AES256");
        assertThat(put.header("x-amz-server-side-encryption")).isEqualTo("AES256");
        assertThat(put.header("x-amz-server-side-encryption-aws-kms-key-id")).isEqualTo("(none)");
        assertThat(put.header("etag"))
                .isEqualTo('"' + HexFormat.of().formatHex(Checksum.digest("MD5").digest(body)) + '"');
        assertThat(world.keys.asked).isEmpty();
        assertThat(onDisk()).isNotEmpty().noneMatch(content -> content.contains("marked secret"));
        assertThat(world.get("/logs/k").body().unsafeArray()).isEqualTo(body);
        for (int from : new int[] {0, 1, 65_535, 65_536, 131_071, body.length - 1}) {
            Answer part = send("GET", "/logs/k", new byte[0], "Range", "bytes=" + from + "-" + (from + 100_000));
            assertThat(part.status()).isEqualTo(206);
            assertThat(part.body().unsafeArray())
                    .isEqualTo(Arrays.copyOfRange(body, from, Math.min(body.length, from + 100_001)));
        }
        send("PUT", "/logs/plain", body);
        assertThat(onDisk()).anyMatch(content -> content.contains("marked secret"));
        assertThat(world.get("/logs/plain").header("x-amz-server-side-encryption"))
                .isEqualTo("(none)");
    }

    private List<String> onDisk() throws IOException {
        try (Stream<Path> files = Files.walk(world.directory)) {
            List<String> contents = new ArrayList<>();
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.add(Files.readString(file, StandardCharsets.ISO_8859_1));
            }
            return contents;
        }
    }

    @Test
    void underTheRootKey_rowsComeUnderANewOne() {
        send("PUT", "/logs/k", bytes(100), "x-amz-server-side-encryption", "AES256");
        begun("/logs/big", "x-amz-server-side-encryption", "AES256");
        world.vault.adopt(world.root.next(new SeededEntropy(9)));
        State state = world.ledger.read();
        int renewed = 0;
        for (Rewrapping<?> rewrapping : Buckets.rewrappings()) {
            for (State.Row<?> row : state.scan(rewrapping.table(), "", "")) {
                assertThat(rewrapping.change(world.vault, state, row.key())).isPresent();
                renewed++;
            }
        }
        assertThat(renewed).isEqualTo(2);
    }

    @Test
    void encryptedObject_isNotReadableOnDisk_andBoundToKeyAndContext() {
        byte[] body = bytes(200_000);
        assertThat(send(
                                "PUT",
                                "/logs/k",
                                body,
                                "x-amz-server-side-encryption",
                                "aws:kms",
                                "x-amz-server-side-encryption-aws-kms-key-id",
                                "known",
                                "x-amz-server-side-encryption-context",
                                java.util.Base64.getEncoder()
                                        .encodeToString("{\"team\":\"blue\"}"
                                                .getBytes(java.nio.charset.StandardCharsets.UTF_8)))
                        .header("x-amz-server-side-encryption-aws-kms-key-id"))
                .endsWith("key/known");
        assertThat(world.keys.asked)
                .containsExactly("generate known s3.amazonaws.com {aws:s3:arn=arn:aws:s3:::logs/k, team=blue}");
        assertThat(world.get("/logs/k").body().unsafeArray()).isEqualTo(body);
        assertThat(world.keys.asked.getLast())
                .isEqualTo("decrypt s3.amazonaws.com {aws:s3:arn=arn:aws:s3:::logs/k, team=blue}");
        assertThat(send("PUT", "/logs/copy", new byte[0], "x-amz-copy-source", "/logs/k")
                        .status())
                .isEqualTo(200);
        Answer copy = world.get("/logs/copy");
        assertThat(copy.body().unsafeArray()).isEqualTo(body);
        assertThat(copy.header("x-amz-server-side-encryption")).isEqualTo("(none)");
    }

    @Test
    void copy_takesBytesAndTermsOrNewOnes() {
        world.put("/logs/k", "hello", "Content-Type", "text/a", "x-amz-meta-a", "1", "x-amz-tagging", "t=1");
        Answer copied = send("PUT", "/logs/c", new byte[0], "x-amz-copy-source", "logs/k");
        assertThat(copied.text()).contains("<ETag>&quot;5d41402abc4b2a76b9719d911017c592&quot;</ETag>");
        Answer got = world.get("/logs/c");
        assertThat(got.text()).isEqualTo("hello");
        assertThat(got.headers())
                .containsEntry("content-type", "text/a")
                .containsEntry("x-amz-meta-a", "1")
                .containsEntry("x-amz-tagging-count", "1");
        String[] itself = {"x-amz-copy-source", "/logs/k"};
        assertThat(send("PUT", "/logs/k", new byte[0], itself).code()).isEqualTo("InvalidRequest");
        assertThat(send(
                                "PUT",
                                "/logs/k",
                                new byte[0],
                                "x-amz-copy-source",
                                "/logs/k",
                                "x-amz-metadata-directive",
                                "REPLACE",
                                "x-amz-meta-b",
                                "2")
                        .status())
                .isEqualTo(200);
        assertThat(world.get("/logs/k").headers())
                .containsEntry("x-amz-meta-b", "2")
                .doesNotContainKey("x-amz-meta-a");
        assertThat(send(
                                "PUT",
                                "/logs/d",
                                new byte[0],
                                "x-amz-copy-source",
                                "/logs/k",
                                "x-amz-copy-source-if-match",
                                "\"x\"")
                        .code())
                .isEqualTo("PreconditionFailed");
        assertThat(send("PUT", "/logs/d", new byte[0], "x-amz-copy-source", "/none/k")
                        .code())
                .isEqualTo("NoSuchBucket");
        world.allow(BucketWorld.READER, "s3:PutObject", "*");
        assertThat(world.send(BucketWorld.READER, "PUT", "/logs/d", Map.of("x-amz-copy-source", "/logs/k"), "")
                        .code())
                .isEqualTo("AccessDenied");
        world.sweepLater();
        assertThat(world.files()).isEqualTo(2);
    }

    @Test
    void partCopiedFromAnObject_hasThatRange() {
        world.put("/logs/k", "0123456789");
        String upload = begun("/logs/c");
        Answer part = send(
                "PUT",
                "/logs/c?partNumber=1&uploadId=" + upload,
                new byte[0],
                "x-amz-copy-source",
                "/logs/k",
                "x-amz-copy-source-range",
                "bytes=3-6");
        String tag = between(part.text(), "ETag");
        assertThat(complete("/logs/c", upload, "<Part><PartNumber>1</PartNumber><ETag>" + tag + "</ETag></Part>")
                        .status())
                .isEqualTo(200);
        assertThat(world.get("/logs/c").text()).isEqualTo("3456");
    }
}
