package dev.keytrail.sim;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TrailLogTest {
    private static final Map<String, Object> ONE = Map.of("eventID", "1", "eventName", "Encrypt");
    private static final Map<String, Object> TWO = Map.of("eventID", "2", "eventName", "Decrypt");

    @Test
    void compare_eachOnceInAnyOrder_isRight() {
        assertThatCode(() -> TrailLog.compare(List.of(ONE, TWO), List.of(TWO, ONE)))
                .doesNotThrowAnyException();
    }

    @Test
    void compare_oneIsMissing_isFound() {
        assertThatThrownBy(() -> TrailLog.compare(List.of(ONE, TWO), List.of(TWO)))
                .isInstanceOf(Mismatch.class)
                .hasMessageStartingWith("not delivered");
    }

    @Test
    void compare_oneIsThereTwice_isFound() {
        assertThatThrownBy(() -> TrailLog.compare(List.of(ONE, TWO), List.of(ONE, TWO, ONE)))
                .isInstanceOf(Mismatch.class)
                .hasMessageStartingWith("delivered twice");
    }

    @Test
    void compare_oneIsAltered_isFound() {
        Map<String, Object> altered = Map.of("eventID", "2", "eventName", "Encrypt");
        assertThatThrownBy(() -> TrailLog.compare(List.of(ONE, TWO), List.of(ONE, altered)))
                .isInstanceOf(Mismatch.class)
                .hasMessageStartingWith("delivered otherwise");
    }

    @Test
    void compare_oneWasNotSelected_isFound() {
        assertThatThrownBy(() -> TrailLog.compare(List.of(ONE), List.of(ONE, TWO)))
                .isInstanceOf(Mismatch.class)
                .hasMessageStartingWith("delivered and not selected");
    }
}
