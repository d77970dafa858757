package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import java.security.SecureRandom;

/** The operating system's DRBG, through the JDK. */
public final class SystemEntropy implements Entropy {
    private final SecureRandom random = new SecureRandom();

    @Override
    public void fill(byte[] target) {
        random.nextBytes(target);
    }
}
