package dev.keytrail.identity.op;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class GuessesTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration PAUSE = Duration.ofMinutes(15);

    private final Guesses guesses = new Guesses(3);

    @Test
    void wrong_threeInARow_endForAPause() {
        guesses.wrong("a", START);
        guesses.wrong("a", START);
        assertThat(guesses.ended("a", START)).isFalse();
        guesses.wrong("a", START.plusSeconds(1));
        assertThat(guesses.ended("a", START.plusSeconds(2))).isTrue();
        assertThat(guesses.ended("b", START.plusSeconds(2))).isFalse();
        assertThat(guesses.ended("a", START.plus(PAUSE))).isTrue();
        assertThat(guesses.ended("a", START.plus(PAUSE).plusSeconds(1))).isFalse();
    }

    @Test
    void wrong_afterThePause_isOneGuessOnly() {
        for (int i = 0; i < 3; i++) {
            guesses.wrong("a", START);
        }
        Instant later = START.plus(PAUSE);
        assertThat(guesses.ended("a", later)).isFalse();
        guesses.wrong("a", later);
        assertThat(guesses.ended("a", later.plusSeconds(1))).isTrue();
    }

    @Test
    void right_forgetsWrongOnes() {
        guesses.wrong("a", START);
        guesses.wrong("a", START);
        guesses.right("a");
        guesses.wrong("a", START);
        assertThat(guesses.ended("a", START)).isFalse();
    }
}
