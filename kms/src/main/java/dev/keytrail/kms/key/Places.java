package dev.keytrail.kms.key;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A bounded number of places for work that keeps a core busy, so that what is quick is served in between. First come,
 * first served. Thread-safe; lives as long as the process.
 *
 * <p>A call that finds no place waits for one, at most {@code waitMax}, and is then refused as throttled: the client's
 * own retry is a better queue than a growing one in here.
 */
public final class Places {
    private final Semaphore free;
    private final Duration waitMax;

    public Places(int count, Duration waitMax) {
        this.free = new Semaphore(count, true);
        this.waitMax = waitMax;
    }

    /** @throws dev.keytrail.call.Refused ThrottlingException when no place comes free in time */
    public <T> T run(Supplier<T> work) {
        take();
        try {
            return work.get();
        } finally {
            free.release();
        }
    }

    private void take() {
        try {
            if (!free.tryAcquire(waitMax.toNanos(), TimeUnit.NANOSECONDS)) {
                throw KmsErrors.throttled();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a place", e);
        }
    }
}
