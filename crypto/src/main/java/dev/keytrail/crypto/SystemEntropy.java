package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** The operating system's DRBG, through the JDK. */
public final class SystemEntropy implements Entropy {
    /** A power of two. */
    private static final int STRIPES = 16;

    private static final int IDS_PER_DRAW = 128;

    private final SecureRandom random = new SecureRandom();

    /** Drawn ahead for ids alone: two for each call, and each draw takes the JDK's lock. Nothing secret waits here. */
    private final AtomicReferenceArray<ByteBuffer> ids = new AtomicReferenceArray<>(STRIPES);

    @Override
    public void fill(byte[] target) {
        random.nextBytes(target);
    }

    @Override
    public String uuid() {
        int stripe = (int) Thread.currentThread().threadId() & (STRIPES - 1);
        ByteBuffer drawn = ids.getAndSet(stripe, null);
        if (drawn == null || !drawn.hasRemaining()) {
            drawn = ByteBuffer.wrap(bytes(IDS_PER_DRAW * 2 * Long.BYTES));
        }
        String uuid = Entropy.uuid(drawn.getLong(), drawn.getLong());
        ids.set(stripe, drawn);
        return uuid;
    }
}
