package dev.keytrail.sim;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.sim.Scenario.Defect;
import dev.keytrail.sim.Scenario.StoreKind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SimulationTest {
    /** A planted defect may stay without consequence in one run; not in so many. */
    private static final int SEEDS_PER_DEFECT = 5;

    @BeforeAll
    static void quiet() {
        Simulate.quiet();
    }

    @ParameterizedTest
    @ValueSource(longs = {3, 6, 9, 12, 15})
    void run_embeddedStore_keepsItsPromises(long seed) throws IOException {
        assertThat(Scenario.of(seed).store()).isEqualTo(StoreKind.EMBEDDED);
        checkRun(seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 16, 17})
    void run_memoryStore_keepsItsPromises(long seed) throws IOException {
        assertThat(Scenario.of(seed).store()).isEqualTo(StoreKind.MEMORY);
        checkRun(seed);
    }

    /** Each run of the suite looks at a world that no run before it has seen. */
    @Test
    void run_newSeed_keepsItsPromises() throws IOException {
        long seed = System.currentTimeMillis();
        System.out.println("simulation of seed " + seed);
        checkRun(seed);
    }

    private static void checkRun(long seed) throws IOException {
        Simulation.Summary summary = Simulation.run(Scenario.of(seed));
        assertThat(summary.calls()).isGreaterThan(300);
        assertThat(summary.records()).isGreaterThan(200);
        assertThat(summary.restarts()).isPositive();
    }

    @Test
    void run_sameSeed_sameSteps() throws IOException {
        List<String> first = new ArrayList<>();
        List<String> second = new ArrayList<>();
        Simulation.run(Scenario.of(8), first::add);
        Simulation.run(Scenario.of(8), second::add);
        assertThat(second).isEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource(value = Defect.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void run_plantedDefect_isFound(Defect defect) throws IOException {
        Optional<SimulationFailure> found = Optional.empty();
        for (long seed = 1; seed <= SEEDS_PER_DEFECT && found.isEmpty(); seed++) {
            found = failure(Scenario.of(seed).with(defect));
        }
        assertThat(found).as("%s in %d seeds", defect, SEEDS_PER_DEFECT).isPresent();
        System.out.println(defect + ": " + found.orElseThrow().finding());
        assertThat(found.orElseThrow()).hasMessageContaining("seed ").hasMessageContaining("sim/1 admin CreateAccount");
    }

    private static Optional<SimulationFailure> failure(Scenario scenario) throws IOException {
        try {
            Simulation.run(scenario);
            return Optional.empty();
        } catch (SimulationFailure failure) {
            return Optional.of(failure);
        }
    }
}
