package dev.keytrail.sim;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.sim.Linearization.Recorded;
import java.util.List;
import org.junit.jupiter.api.Test;

class LinearizationTest {
    private static final Move USE = new Move.Use(0, 0);
    private static final Move ALLOW = new Move.OwnPolicy(0, true);
    private static final String DENIED = "AccessDeniedException";

    private static void check(List<Seen> history, Recorded... ledger) {
        Linearization.check(history, List.of(ledger), new Verdicts(1, 1));
    }

    @Test
    void check_overlappingCalls_mayStandInEitherOrder() {
        Seen change = new Seen(ALLOW, 10, 20, "a", "");
        check(List.of(change, new Seen(USE, 15, 25, "b", "")), new Recorded("a", ""), new Recorded("b", ""));
        check(
                List.of(change, new Seen(USE, 15, 25, "b", DENIED)),
                new Recorded("b", "AccessDenied"),
                new Recorded("a", ""));
        assertThatCode(() -> check(List.of(change), new Recorded("a", ""))).doesNotThrowAnyException();
    }

    @Test
    void check_deniedAfterTheChangeWasAnswered_isFound() {
        List<Seen> history = List.of(new Seen(ALLOW, 10, 20, "a", ""), new Seen(USE, 21, 30, "b", DENIED));
        assertThatThrownBy(() -> check(history, new Recorded("b", "AccessDenied"), new Recorded("a", "")))
                .isInstanceOf(Mismatch.class)
                .hasMessageContaining("began after its answer");
        assertThatThrownBy(() -> check(history, new Recorded("a", ""), new Recorded("b", "AccessDenied")))
                .isInstanceOf(Mismatch.class)
                .hasMessageContaining("answer of");
    }

    @Test
    void check_recordsThatTellAnotherStory_areFound() {
        List<Seen> history = List.of(new Seen(USE, 1, 2, "a", DENIED));
        assertThatThrownBy(() -> check(history)).hasMessageContaining("not on record");
        assertThatThrownBy(() -> check(history, new Recorded("a", ""))).hasMessageContaining("record of");
        assertThatThrownBy(() -> check(history, new Recorded("a", "AccessDenied"), new Recorded("a", "AccessDenied")))
                .hasMessageContaining("second record");
    }
}
