package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import java.util.SplittableRandom;

/** Repeatable chance. This module cannot use the testkit's, which stands above it. */
final class TestEntropy implements Entropy {
    private final SplittableRandom random;

    TestEntropy(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public synchronized void fill(byte[] target) {
        random.nextBytes(target);
    }
}
