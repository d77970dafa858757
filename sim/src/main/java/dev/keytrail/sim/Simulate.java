package dev.keytrail.sim;

import java.io.IOException;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Runs many seeds: {@code Simulate --seeds N --from S}. See docs/simulation.md. */
public final class Simulate {
    /** Held here, for the log system keeps loggers weakly: the house has much to say about a failing disk. */
    private static final Logger HOUSE = Logger.getLogger("dev.keytrail");

    private Simulate() {}

    /** Leaves out what the house logs; the simulator's own findings say more. */
    public static void quiet() {
        HOUSE.setLevel(Level.OFF);
    }

    public static void main(String[] arguments) throws IOException {
        long seeds = 100;
        long from = 1;
        boolean log = false;
        boolean steps = false;
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--seeds" -> seeds = Long.parseLong(arguments[++i]);
                case "--from" -> from = Long.parseLong(arguments[++i]);
                case "--log" -> log = true;
                case "--steps" -> steps = true;
                default -> {
                    System.err.println("usage: Simulate [--seeds N] [--from S] [--steps] [--log]");
                    System.exit(2);
                }
            }
        }
        if (!log) {
            quiet();
        }
        Simulation.Summary all = new Simulation.Summary(0, 0, 0, 0);
        int failed = 0;
        for (long seed = from; seed < from + seeds; seed++) {
            try {
                boolean show = steps;
                Simulation.Summary one = Simulation.run(Scenario.of(seed), step -> {
                    if (show) {
                        System.out.println("    " + step);
                    }
                });
                all = all.plus(one);
                System.out.println(Scenario.of(seed) + ": " + one);
            } catch (SimulationFailure failure) {
                failed++;
                System.out.println(failure.getMessage());
            }
        }
        System.out.println(seeds + " seeds, " + failed + " failed: " + all);
        System.exit(failed == 0 ? 0 : 1);
    }
}
