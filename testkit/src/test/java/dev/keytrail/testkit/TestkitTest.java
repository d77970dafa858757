package dev.keytrail.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TestkitTest {
    @Test
    void entropy_sameSeed_repeatsItself() {
        assertThat(new SeededEntropy(7).bytes(100)).isEqualTo(new SeededEntropy(7).bytes(100));
        assertThat(new SeededEntropy(7).bytes(100)).isNotEqualTo(new SeededEntropy(8).bytes(100));
        SeededEntropy one = new SeededEntropy(7);
        assertThat(one.uuid()).isNotEqualTo(one.uuid());
        assertThat(one.toString()).contains("7");
    }

    @Test
    void clock_standsUntilMoved() {
        SimulatedClock clock = new SimulatedClock(Instant.EPOCH);
        assertThat(clock.instant()).isEqualTo(clock.instant()).isEqualTo(Instant.EPOCH);
        assertThat(clock.advance(Duration.ofDays(365)))
                .isEqualTo(clock.instant())
                .isEqualTo("1971-01-01T00:00:00Z");
        clock.set(Instant.EPOCH);
        assertThat(clock.millis()).isZero();
        assertThatThrownBy(() -> clock.advance(Duration.ofNanos(-1))).isInstanceOf(IllegalArgumentException.class);
    }
}
