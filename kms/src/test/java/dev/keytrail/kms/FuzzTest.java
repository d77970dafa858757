package dev.keytrail.kms;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.ListKeysRequest;
import dev.keytrail.wire.shape.kms.ListKeysResponse;
import dev.keytrail.wire.shape.kms.ListResourceTagsRequest;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers may write into names, markers and ciphertexts: any text ends in an answer or an AWS error, never a defect. */
class FuzzTest {
    private static final int ROUNDS = 3000;
    private static final List<String> PIECES = List.of(
            "arn:",
            "aws",
            "kms",
            ":",
            "key/",
            "alias/",
            "aws/",
            "mrk-",
            "-",
            "0123456789abcdef",
            "us-west-2",
            World.ACCOUNT,
            World.OTHER_ACCOUNT,
            "/",
            "..",
            "\u00fc",
            "\u0000",
            " ",
            "A",
            "f");

    private static String text(Random random, List<String> seeds) {
        StringBuilder text = new StringBuilder();
        if (random.nextBoolean()) {
            text.append(seeds.get(random.nextInt(seeds.size())));
            for (int i = random.nextInt(3); i >= 0; i--) {
                int at = random.nextInt(text.length());
                switch (random.nextInt(3)) {
                    case 0 -> text.deleteCharAt(at);
                    case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                    default -> text.setCharAt(at, (char) random.nextInt(256));
                }
                if (text.isEmpty()) {
                    text.append('x');
                }
            }
        }
        for (int i = random.nextInt(6); i > 0 || text.isEmpty(); i--) {
            text.append(PIECES.get(random.nextInt(PIECES.size())));
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12})
    void keyNames_anyText_leadToAKeyOrARefusal(long seed) {
        World world = new World(seed);
        Key key = world.newKey();
        world.alice("CreateAlias", Requests.createAlias("alias/mine", key.id()));
        List<String> seeds =
                List.of(key.id(), key.arn(), "alias/mine", key.arn().replace("key/" + key.id(), "alias/mine"));
        Set<String> codes = Set.of("ok", "NotFoundException", "InvalidArnException", "AccessDeniedException");
        Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            String name = text(random, seeds);
            Answer<?> answer = world.alice("DescribeKey", Requests.describe(name));
            assertThat(codes).as("seed " + seed + " round " + i + " " + name).contains(answer.code());
            if (answer.code().equals("ok")) {
                assertThat(seeds).as("seed " + seed + " " + name).contains(name);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {21, 22})
    void markers_anyText_areRefusedUnlessHandedOut(long seed) {
        World world = new World(seed);
        Key key = world.newKey();
        world.newKey();
        world.alice("TagResource", Requests.tag(key.id(), "a", "1", "b", "2"));
        String good = world.<ListKeysRequest, ListKeysResponse>alice(
                        "ListKeys", ListKeysRequest.builder().limit(1).build())
                .reply()
                .nextMarker()
                .orElseThrow();
        Random random = new Random(seed);
        for (int i = 0; i < ROUNDS; i++) {
            String marker = text(random, List.of(good));
            Answer<?> keys = world.alice(
                    "ListKeys", ListKeysRequest.builder().marker(marker).build());
            Answer<?> tags = world.alice(
                    "ListResourceTags",
                    ListResourceTagsRequest.builder()
                            .keyId(key.id())
                            .marker(marker)
                            .build());
            String what = "seed " + seed + " round " + i + " " + marker;
            assertThat(keys.code()).as(what).isEqualTo(marker.equals(good) ? "ok" : "InvalidMarkerException");
            assertThat(tags.code()).as(what).isEqualTo("InvalidMarkerException");
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {31, 32})
    void ciphertexts_anyAlteredByte_neverOpen(long seed) {
        World world = new World(seed);
        Key key = world.newKey();
        byte[] good = world.<EncryptRequest, EncryptResponse>alice("Encrypt", Requests.encrypt(key.id()))
                .reply()
                .ciphertextBlob()
                .orElseThrow()
                .toArray();
        Random random = new Random(seed);
        Set<String> codes = Set.of("InvalidCiphertextException", "AccessDeniedException");
        for (int at = 0; at < good.length; at++) {
            byte[] bad = good.clone();
            bad[at] ^= (byte) (1 + random.nextInt(255));
            Answer<?> answer = world.alice("Decrypt", Requests.decrypt(Bytes.copyOf(bad)));
            assertThat(codes).as("seed " + seed + " byte " + at).contains(answer.code());
        }
    }
}
