package dev.keytrail.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GlobTest {
    private static final int RANDOM_PAIRS = 200_000;

    @ParameterizedTest
    @CsvSource({
        "'', '', true",
        "'', a, false",
        "*, '', true",
        "**, abc, true",
        "?, '', false",
        "?, a, true",
        "a*, a, true",
        "*a, ba, true",
        "a*a, a, false",
        "a*a, aa, true",
        "*ab*, xaby, true",
        "*ab*ab*, abab, true",
        "*ab*ab*, aba, false",
        "a?c, abc, true",
        "a?c, ac, false",
        "*?b*, b, false",
        "*?b*, ab, true",
        "*a?c*e, xxabcde, true",
        "A*, a, false",
        "a.c, abc, false",
        "*0123456789abcdefghij*, x0123456789abcdefghijy, true",
        "*0123456789abcdefghij*, x0123456789abcdefghy, false"
    })
    void matches_row_isAsExpected(String pattern, String text, boolean expected) {
        assertThat(Glob.of(pattern).matches(text)).isEqualTo(expected);
    }

    @Test
    void matches_randomPatterns_agreesWithTheNaiveTable() {
        long seed = 20261125L;
        Random random = new Random(seed);
        int matched = 0;
        for (int i = 0; i < RANDOM_PAIRS; i++) {
            // Now and then longer runs without a star, to reach the searches for long literals and past one word of
            // bits.
            boolean isLong = i % 20 == 0;
            String text = random(random, "ab", isLong ? 300 : 12);
            String pattern = isLong ? longPattern(random, text) : random(random, "ab*?*", 8);
            boolean expected = naive(pattern, text);
            matched += expected ? 1 : 0;
            assertThat(Glob.of(pattern).matches(text))
                    .as("seed %s, pattern %s, text %s", seed, pattern, text)
                    .isEqualTo(expected);
        }
        assertThat(matched).as("seed %s: cases that match", seed).isBetween(RANDOM_PAIRS / 20, RANDOM_PAIRS * 19 / 20);
    }

    /** Many stars, or gaps that overlap in many ways: what makes a backtracking matcher take for ever. */
    @ParameterizedTest
    @ValueSource(
            strings = {"*a", "*a?", "*?a", "a*?", "*aaaaaaaaaaaaaaaaaaaaaaaaab", "*a?aa?aaa?aaaa?aaaaa?aaaaaa?aaaaaaa?b"
            })
    void matches_pathologicalPattern_isQuick(String part) {
        String text = "a".repeat(100_000);
        Glob glob = Glob.of(part.repeat(10_000 / part.length()) + "*c*");
        assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> assertThat(glob.matches(text)).isFalse());
    }

    @Test
    void matches_longGappedSegmentOverLongText_isQuick() {
        Glob glob = Glob.of("*" + "a?".repeat(4_000) + "b*");
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThat(glob.matches("a".repeat(32_768))).isFalse());
    }

    /** A pattern near the text: pieces of it, with holes. */
    private static String longPattern(Random random, String text) {
        StringBuilder pattern = new StringBuilder();
        int at = 0;
        while (at < text.length()) {
            int length = Math.min(text.length() - at, 1 + random.nextInt(150));
            for (char c : text.substring(at, at + length).toCharArray()) {
                pattern.append(random.nextInt(40) == 0 ? '?' : random.nextInt(400) == 0 ? 'b' : c);
            }
            at += length;
            if (random.nextInt(3) > 0) {
                pattern.append('*');
                at += random.nextInt(20);
            }
        }
        return pattern.toString();
    }

    private static String random(Random random, String alphabet, int lengthMax) {
        int length = random.nextInt(lengthMax + 1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
        }
        return text.toString();
    }

    /** The textbook table: may the first i of the pattern match the first j of the text? */
    static boolean naive(String pattern, String text) {
        boolean[][] can = new boolean[pattern.length() + 1][text.length() + 1];
        can[0][0] = true;
        for (int i = 1; i <= pattern.length(); i++) {
            char p = pattern.charAt(i - 1);
            for (int j = 0; j <= text.length(); j++) {
                can[i][j] = p == '*'
                        ? can[i - 1][j] || (j > 0 && can[i][j - 1])
                        : j > 0 && can[i - 1][j - 1] && (p == '?' || p == text.charAt(j - 1));
            }
        }
        return can[pattern.length()][text.length()];
    }
}
