package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import java.security.SecureRandom;
import java.security.SecureRandomSpi;

/** The house's entropy in the dress that the JCA and Bouncy Castle ask for. */
final class EntropyRandom extends SecureRandom {
    private static final long serialVersionUID = 1L;

    EntropyRandom(Entropy entropy) {
        super(new Source(entropy), null);
    }

    private static final class Source extends SecureRandomSpi {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // never serialised
        private final Entropy entropy;

        Source(Entropy entropy) {
            this.entropy = entropy;
        }

        @Override
        protected void engineSetSeed(byte[] seed) {
            // A seed from outside adds nothing to a generator that has its own.
        }

        @Override
        protected void engineNextBytes(byte[] bytes) {
            entropy.fill(bytes);
        }

        @Override
        protected byte[] engineGenerateSeed(int count) {
            return entropy.bytes(count);
        }
    }
}
