package dev.keytrail.kms.key;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A bounded number of places for work that keeps a core busy, so that what is quick is served in between. First come,
 * first served. Thread-safe; lives as long as the process.
 *
 * <p>A virtual thread does not give up its carrier while it computes, so such work goes to threads of the system's, which
 * share the cores in time slices with the carriers. Those that wait stand in the workers' own queue: a worker goes from
 * one to the next without sleeping in between, and nobody needs a timer. A call that has waited more than
 * {@code waitMax} when its turn comes is refused as throttled: the client's own retry is a better queue than a growing
 * one in here.
 */
public final class Places {
    /** More waiting calls than this are refused at once; two seconds of what two cores sign with RSA_2048. */
    private static final int WAITING_MAX = 16_384;

    private static final Duration IDLE_MAX = Duration.ofSeconds(10);

    private final long waitMaxNanos;
    private final LongSupplier ticker;
    private final ThreadPoolExecutor workers;

    public Places(int count, Duration waitMax) {
        this(count, waitMax, WAITING_MAX, System::nanoTime);
    }

    /** @param ticker nanoseconds that only go forward */
    Places(int count, Duration waitMax, int waitingMax, LongSupplier ticker) {
        this.waitMaxNanos = waitMax.toNanos();
        this.ticker = ticker;
        this.workers = new ThreadPoolExecutor(
                count,
                count,
                IDLE_MAX.toSeconds(),
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(waitingMax),
                Thread.ofPlatform().daemon().name("kms-slow-", 0).factory());
        workers.allowCoreThreadTimeOut(true);
    }

    /**
     * Does the work on another thread; the caller waits for it. Not to be called from work itself.
     *
     * @throws dev.keytrail.call.Refused ThrottlingException: no place in time
     */
    public <T> T run(Supplier<T> work) {
        long since = ticker.getAsLong();
        FutureTask<T> turn = new FutureTask<>(() -> {
            if (ticker.getAsLong() - since > waitMaxNanos) {
                throw KmsErrors.throttled();
            }
            return work.get();
        });
        try {
            workers.execute(turn);
        } catch (RejectedExecutionException _) {
            throw KmsErrors.throttled();
        }
        try {
            return turn.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for slow work", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw new IllegalStateException("slow work failed", e);
        }
    }

    /** How many wait for their turn. */
    int waiting() {
        return workers.getQueue().size();
    }
}
