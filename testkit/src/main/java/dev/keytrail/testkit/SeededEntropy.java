package dev.keytrail.testkit;

import dev.keytrail.call.Entropy;
import java.util.SplittableRandom;

/**
 * Chance that a seed repeats. Predictable, so for tests alone. Thread-safe; the order in which threads draw is the order
 * in which they come.
 */
public final class SeededEntropy implements Entropy {
    private final long seed;
    private final SplittableRandom random;

    public SeededEntropy(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
    }

    /** To print when a test fails. */
    public long seed() {
        return seed;
    }

    @Override
    public synchronized void fill(byte[] target) {
        random.nextBytes(target);
    }

    @Override
    public String toString() {
        return "SeededEntropy[" + seed + "]";
    }
}
