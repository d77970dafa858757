package dev.keytrail.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.sim.Contest.Flaw;
import dev.keytrail.sim.Scenario.StoreKind;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContestTest {
    /** {@code -Dkeytrail.contestCalls=1000000} for the long run: see docs/testing.md. */
    private static final int CALLS = Integer.getInteger("keytrail.contestCalls", 20_000);

    /** The memory store holds all records of a house. */
    private static final int CALLS_A_HOUSE = 100_000;

    private static final int CALLERS = 32;

    @TempDir
    Path folder;

    @BeforeAll
    static void quiet() {
        Simulate.quiet();
    }

    @ParameterizedTest
    @EnumSource(StoreKind.class)
    void play_changesAgainstUses_noDecisionIsStale(StoreKind kind) throws Exception {
        long seed = System.currentTimeMillis();
        for (int left = CALLS, round = 0; left > 0; left -= CALLS_A_HOUSE, round++) {
            int calls = Math.min(left, CALLS_A_HOUSE);
            try (Contest contest = new Contest(kind, folder.resolve("house" + round), Flaw.NONE)) {
                Contest.Summary summary = contest.play(CALLERS, calls, seed + round);
                System.out.println("contest on " + kind + ", seed " + (seed + round) + ": " + summary);
                assertThat(summary.answers())
                        .containsKeys("", "AccessDeniedException", "DisabledException", "UnrecognizedClientException");
                assertThat(summary.changes()).isGreaterThan(calls / 20);
            }
        }
    }

    /** The check can fail. */
    @ParameterizedTest
    @EnumSource(value = Flaw.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void play_plantedFlaw_isFound(Flaw flaw) throws Exception {
        try (Contest contest = new Contest(StoreKind.EMBEDDED, folder, flaw)) {
            assertThatThrownBy(() -> contest.play(CALLERS, 20_000, 1))
                    .isInstanceOf(Mismatch.class)
                    .hasMessageContaining("of Seen[move=");
        }
    }
}
