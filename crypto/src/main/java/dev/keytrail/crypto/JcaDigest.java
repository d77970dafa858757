package dev.keytrail.crypto;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.bouncycastle.crypto.Digest;

/** A hash of the JDK's, which the processor helps with, for what Bouncy Castle builds on one. Not thread-safe. */
final class JcaDigest implements Digest {
    private final MessageDigest digest;

    JcaDigest(String algorithm) {
        try {
            digest = MessageDigest.getInstance(algorithm, Algorithms.jdk("SUN"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalArgumentException(algorithm + " is missing", e);
        }
    }

    @Override
    public String getAlgorithmName() {
        return digest.getAlgorithm();
    }

    @Override
    public int getDigestSize() {
        return digest.getDigestLength();
    }

    @Override
    public void update(byte in) {
        digest.update(in);
    }

    @Override
    public void update(byte[] in, int from, int length) {
        digest.update(in, from, length);
    }

    @Override
    public int doFinal(byte[] out, int from) {
        try {
            return digest.digest(out, from, digest.getDigestLength());
        } catch (DigestException e) {
            throw new IllegalArgumentException("too short", e);
        }
    }

    @Override
    public void reset() {
        digest.reset();
    }
}
