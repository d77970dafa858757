package dev.keytrail.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Secret;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonBytesTest {
    private static final long SEED = 20_261_125L;

    @Test
    void string_anyUnicode_isReadBackByAnotherParser() {
        Random random = new Random(SEED);
        for (int round = 0; round < 5_000; round++) {
            String text = randomText(random);
            byte[] json = new JsonBytes(2)
                    .facts(Facts.facts().put(text, text))
                    .toBytes()
                    .toArray();
            String expected = withoutLoneSurrogates(text);
            assertThat(Json.object(json)).as("seed %d round %d", SEED, round).isEqualTo(Map.of(expected, expected));
            assertThat(new String(json, StandardCharsets.UTF_8))
                    .as("one line, seed %d round %d", SEED, round)
                    .doesNotContain("\n", "\r", "\u2028", "\u2029");
        }
    }

    @Test
    void string_everyBmpCharacter_isReadBack() {
        for (char c = 0; c < Character.MAX_VALUE; c++) {
            String text = "a" + c + "b";
            byte[] json = new JsonBytes(64)
                    .facts(Facts.facts().put("t", text))
                    .toBytes()
                    .toArray();
            assertThat(Json.object(json).get("t")).isEqualTo(withoutLoneSurrogates(text));
        }
    }

    @Test
    void string_withALimit_isCutBetweenCharacters() {
        Random random = new Random(SEED);
        for (int round = 0; round < 5_000; round++) {
            String text = withoutLoneSurrogates(randomText(random));
            int max = random.nextInt(40);
            byte[] json = new JsonBytes(4)
                    .raw('{')
                    .name("t")
                    .string(text, max)
                    .raw('}')
                    .toBytes()
                    .toArray();
            String cut = (String) Json.object(json).get("t");
            assertThat(text).as("seed %d round %d", SEED, round).startsWith(cut);
            int size = cut == null ? 0 : cut.getBytes(StandardCharsets.UTF_8).length;
            assertThat(size).isLessThanOrEqualTo(max);
            if (cut != null && cut.length() < text.length()) {
                int next = Character.toString(text.codePointAt(cut.length())).getBytes(StandardCharsets.UTF_8).length;
                assertThat(size + next).as("cut no earlier than needed").isGreaterThan(max);
            }
        }
    }

    @Test
    void instant_anySecond_equalsTheLibrarysText() {
        Random random = new Random(SEED);
        for (int round = 0; round < 5_000; round++) {
            long second = random.nextLong(-62_167_219_200L, 253_402_300_800L);
            assertThat(new JsonBytes(32).instant(second).toBytes().utf8())
                    .isEqualTo('"' + Instant.ofEpochSecond(second).toString() + '"');
        }
    }

    @Test
    void facts_allKindsOfValues_areReadBack() {
        Facts facts = Facts.facts()
                .put("long", Long.MIN_VALUE)
                .put("double", 2.5)
                .put("notFinite", Double.NaN)
                .put("flag", true)
                .putNull("nothing")
                .putStrings("texts", List.of("a", "\""))
                .putStrings("none", List.of())
                .putAll("objects", List.of(Facts.facts(), Facts.facts().put("x", 1)));
        Map<String, ?> read =
                Json.object(new JsonBytes(8).facts(facts).toBytes().toArray());
        assertThat(read.get("long")).isEqualTo(Long.MIN_VALUE);
        assertThat(read.get("double")).isEqualTo(2.5);
        assertThat(read).containsEntry("notFinite", null).containsEntry("nothing", null);
        assertThat(read.get("texts")).isEqualTo(List.of("a", "\""));
        assertThat(read.get("none")).isEqualTo(List.of());
        assertThat(read.get("objects")).isEqualTo(List.of(Map.of(), Map.of("x", 1L)));
        assertThat(read).hasSize(8);
    }

    @Test
    void facts_noWayIn_takesASecretOrBytesOrAnyObject() {
        for (Method method : Facts.class.getMethods()) {
            assertThat(Arrays.asList(method.getParameterTypes()))
                    .as(method.toString())
                    .doesNotContain(Secret.class, Bytes.class, byte[].class);
            if (method.getName().startsWith("put")) {
                assertThat(Arrays.asList(method.getParameterTypes()))
                        .as(method.toString())
                        .doesNotContain(Object.class);
            }
        }
    }

    private static String randomText(Random random) {
        int length = random.nextInt(30);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            switch (random.nextInt(6)) {
                case 0 -> text.append((char) random.nextInt(0x80));
                case 1 -> text.append((char) random.nextInt(0x20));
                case 2 -> text.append((char) random.nextInt(0x10000));
                case 3 -> text.append("\"\\\u2028\u2029\u007f/".charAt(random.nextInt(6)));
                case 4 -> text.appendCodePoint(0x10000 + random.nextInt(0x100000));
                default -> text.append((char) (0xD800 + random.nextInt(0x800)));
            }
        }
        return text.toString();
    }

    private static String withoutLoneSurrogates(String text) {
        StringBuilder clean = new StringBuilder();
        text.codePoints()
                .forEach(point -> clean.appendCodePoint(
                        point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE ? 0xFFFD : point));
        return clean.toString();
    }
}
