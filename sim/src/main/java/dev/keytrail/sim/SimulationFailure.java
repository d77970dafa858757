package dev.keytrail.sim;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The house did not do what it promises. Says the seed and the steps that lead there. */
public final class SimulationFailure extends AssertionError {
    private static final long serialVersionUID = 1L;

    private final String finding;

    SimulationFailure(Scenario scenario, String finding, List<String> steps, @Nullable Throwable cause) {
        super(
                finding + "\n  " + scenario + ", after " + steps.size() + " steps:\n    "
                        + String.join("\n    ", steps),
                cause);
        this.finding = finding;
    }

    /** What is wrong, without the steps. */
    public String finding() {
        return finding;
    }
}
