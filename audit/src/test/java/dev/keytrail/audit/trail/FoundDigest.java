package dev.keytrail.audit.trail;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.audit.Json;
import dev.keytrail.audit.trail.ObjectStore.NewObject;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/** A digest found in a bucket, read and checked with nothing of the code that wrote it. */
record FoundDigest(String key, NewObject object, Map<String, ?> json) {
    /** All below a prefix, in the order of their names, by Region, and by account where it is not the usual one. Checks each one and that each Region's form chains. */
    static SortedMap<String, List<FoundDigest>> in(FakeObjectStore store, String prefix) {
        SortedMap<String, List<FoundDigest>> found = new TreeMap<>();
        store.objects.forEach((place, object) -> {
            if (place.startsWith(prefix + "/") && place.contains("/CloudTrail-Digest/")) {
                FoundDigest digest =
                        new FoundDigest(object.key(), object, Json.object(DeliveryWorld.unzip(object.body())));
                digest.check(store);
                String region = place.split("/CloudTrail-Digest/", 2)[1].split("/", 2)[0];
                String account = digest.text("awsAccountId");
                String chain = account.equals(DeliveryWorld.ACCOUNT) ? region : account + "/" + region;
                found.computeIfAbsent(chain, _ -> new ArrayList<>()).add(digest);
            }
        });
        found.values().forEach(chain -> chain.sort(Comparator.comparing(d -> d.text("digestEndTime"))));
        found.values().forEach(FoundDigest::checkChain);
        return found;
    }

    String text(String name) {
        return String.valueOf(json.get(name));
    }

    boolean starts() {
        return json.get("previousDigestSignature") == null;
    }

    @SuppressWarnings("unchecked")
    List<Map<String, String>> files() {
        return (List<Map<String, String>>) Objects.requireNonNull(json.get("logFiles"));
    }

    String signature() {
        return Objects.requireNonNull(object.metadata().get("signature"));
    }

    private void check(FakeObjectStore store) {
        assertThat(text("digestS3Object")).isEqualTo(key);
        assertThat(text("digestS3Bucket")).isEqualTo(object.bucket());
        String name = text("digestEndTime").replaceAll("[-:]", "") + (isBackfill() ? "_backfill" : "") + ".json.gz";
        assertThat(key).endsWith(name);
        assertThat(object.metadata().containsKey("backfill-generation-timestamp"))
                .isEqualTo(isBackfill());
        assertThat(text("digestEndTime")).isGreaterThan(text("digestStartTime"));
        assertThat(object.metadata()).containsEntry("signature-algorithm", "SHA256withRSA");
        assertThat(verifies()).as("signature of %s", key).isTrue();
        for (Map<String, String> file : files()) {
            NewObject log = store.objects.get(file.get("s3Bucket") + "/" + file.get("s3Object"));
            assertThat(log).as("%s names %s", key, file).isNotNull();
            assertThat(file)
                    .containsEntry(
                            "hashValue",
                            hash(DeliveryWorld.unzip(Objects.requireNonNull(log).body())));
        }
    }

    boolean isBackfill() {
        return key.endsWith("_backfill.json.gz");
    }

    /** Ordinary ones and late ones are chains of their own; in time they follow each other without a hole. */
    private static void checkChain(Collection<FoundDigest> chain) {
        checkLinks(chain.stream().filter(digest -> !digest.isBackfill()).toList());
        checkLinks(chain.stream().filter(FoundDigest::isBackfill).toList());
        FoundDigest before = null;
        for (FoundDigest digest : chain) {
            boolean follows = before != null && (!digest.starts() || digest.isBackfill() || before.isBackfill());
            if (before != null && follows && !isRestart(digest, before)) {
                assertThat(digest.text("digestStartTime")).isEqualTo(before.text("digestEndTime"));
            } else if (before != null) {
                assertThat(digest.text("digestStartTime")).isGreaterThanOrEqualTo(before.text("digestEndTime"));
            }
            before = digest;
        }
    }

    /** A new segment may begin with a late digest. */
    private static boolean isRestart(FoundDigest digest, FoundDigest before) {
        return digest.starts() && digest.text("digestStartTime").compareTo(before.text("digestEndTime")) > 0;
    }

    private static void checkLinks(List<FoundDigest> chain) {
        FoundDigest before = null;
        for (FoundDigest digest : chain) {
            if (!digest.starts()) {
                assertThat(before).as("before %s", digest.key).isNotNull();
                FoundDigest previous = Objects.requireNonNull(before);
                assertThat(digest.text("previousDigestS3Object")).isEqualTo(previous.key);
                assertThat(digest.text("previousDigestS3Bucket")).isEqualTo(previous.object.bucket());
                assertThat(digest.text("previousDigestSignature")).isEqualTo(previous.signature());
                assertThat(digest.text("previousDigestHashValue"))
                        .isEqualTo(hash(DeliveryWorld.unzip(previous.object.body())));
            }
            before = digest;
        }
    }

    private boolean verifies() {
        String previous = starts() ? "null" : text("previousDigestSignature");
        String toSign = text("digestEndTime") + "\n" + object.bucket() + "/" + key + "\n"
                + hash(DeliveryWorld.unzip(object.body())) + "\n" + previous;
        try {
            PublicKey key = KeyFactory.getInstance("RSA")
                    .generatePublic(
                            new X509EncodedKeySpec(TestKeys.PAIR.publicKey().toArray()));
            Signature verifier = Signature.getInstance("SHA256withRSA");
            verifier.initVerify(key);
            verifier.update(toSign.getBytes(StandardCharsets.UTF_8));
            return verifier.verify(HexFormat.of().parseHex(signature()));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String hash(byte[] content) {
        return Sha256.hex(Bytes.adopt(content));
    }
}
