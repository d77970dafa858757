package dev.keytrail.kms.key;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A bounded number of places for work that keeps a core busy, so that what is quick is served in between. First come,
 * first served. Thread-safe; lives as long as the process.
 *
 * <p>A call that finds no place waits for one, at most {@code waitMax}, and is then refused as throttled: the client's
 * own retry is a better queue than a growing one in here.
 *
 * <p>A virtual thread does not give up its carrier while it computes, so work of more than some tens of microseconds goes
 * to a thread of the system's ({@link #runApart}), which shares the core in time slices with the carriers.
 */
public final class Places {
    private static final Duration IDLE_MAX = Duration.ofSeconds(10);

    private final Semaphore free;
    private final Duration waitMax;
    private final ThreadPoolExecutor apart;

    public Places(int count, Duration waitMax) {
        this.free = new Semaphore(count, true);
        this.waitMax = waitMax;
        // The queue holds no more than the places let through.
        this.apart = new ThreadPoolExecutor(
                count,
                count,
                IDLE_MAX.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().daemon().name("kms-slow-", 0).factory());
        apart.allowCoreThreadTimeOut(true);
    }

    /** Quick work, on the caller's thread. @throws dev.keytrail.call.Refused ThrottlingException: no place in time */
    public <T> T run(Supplier<T> work) {
        take();
        return working(work);
    }

    /** Slow work, on another thread; the caller waits for it. @throws dev.keytrail.call.Refused as {@link #run} */
    public <T> T runApart(Supplier<T> work) {
        take();
        Future<T> result = apart.submit(() -> working(work));
        try {
            return result.get();
        } catch (InterruptedException e) {
            throw interrupted(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("slow work failed", e);
        }
    }

    /** Gives the place back however the work ends. */
    private <T> T working(Supplier<T> work) {
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
            throw interrupted(e);
        }
    }

    private static IllegalStateException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IllegalStateException("interrupted while waiting for slow work", e);
    }
}
