package dev.keytrail.sim;

/** Something is not as it must be. Becomes a {@link SimulationFailure} with the run's steps. */
final class Mismatch extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Mismatch(String finding) {
        super(finding);
    }

    static void unless(boolean holds, String finding) {
        if (!holds) {
            throw new Mismatch(finding);
        }
    }

    static void unlessEqual(String what, Object expected, Object found) {
        if (!expected.equals(found)) {
            throw new Mismatch(what + ": expected " + expected + ", found " + found);
        }
    }
}
