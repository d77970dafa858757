package dev.keytrail.sim;

/**
 * All that decides a run.
 *
 * @param steps calls, faults, clock movements and background steps together; checks come on top
 * @param defect planted to see that it is found; NONE otherwise
 */
public record Scenario(long seed, StoreKind store, int steps, boolean trails, Defect defect) {
    /** What the house stands on. */
    public enum StoreKind {
        MEMORY,
        EMBEDDED
    }

    /** Ways to be wrong, for a ledger and what stands on it. Most happen once, well into the run. */
    public enum Defect {
        NONE,
        /** One record of a commit is left out. */
        FORGETS_RECORD,
        /** The changes are made, no record is written. */
        CHANGES_UNRECORDED,
        /** The records are written, the changes are not made. */
        RECORDS_UNCHANGED,
        /** Says durable, has done nothing. */
        ACKNOWLEDGES_LOST,
        /** A record is written twice. */
        RECORDS_TWICE,
        /** Says that nothing has changed, has done all of it. */
        REFUSES_LANDED,
        /** Takes a decision that was made on rows which have changed since. */
        IGNORES_RACES,
        /** Event history leaves one event out of longer pages. */
        HISTORY_HIDES,
        /** From some moment on the disk's syncs do nothing (embedded store alone). */
        SYNC_LIES
    }

    /** The usual run of a seed: store and trails vary with it. */
    public static Scenario of(long seed) {
        return new Scenario(
                seed,
                Math.floorMod(seed, 3) == 0 ? StoreKind.EMBEDDED : StoreKind.MEMORY,
                300,
                Math.floorMod(seed, 2) == 0,
                Defect.NONE);
    }

    /** The same with a planted defect, on the store on which it can be. */
    public Scenario with(Defect planted) {
        StoreKind kind = planted == Defect.SYNC_LIES ? StoreKind.EMBEDDED : store;
        return new Scenario(seed, kind, steps, trails, planted);
    }

    @Override
    public String toString() {
        return "seed " + seed + ", " + store + (trails ? ", trails" : "")
                + (defect == Defect.NONE ? "" : ", planted " + defect);
    }
}
