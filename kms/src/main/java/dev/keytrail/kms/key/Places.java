package dev.keytrail.kms.key;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A bounded number of places for work that keeps a core busy, so that what is quick is served in between. First come,
 * first served. Thread-safe; lives as long as the process.
 *
 * <p>A virtual thread does not give up its carrier while it computes, so such work goes to threads of the system's, which
 * share the cores in time slices with the carriers. Those that wait stand in one queue: a worker goes from one to the
 * next without sleeping in between, and nobody needs a timer. A call that has waited more than {@code waitMax} when its
 * turn comes is refused as throttled: the client's own retry is a better queue than a growing one in here.
 *
 * <p>While others wait, the workers hand their results out in groups: what all of them have done in four milliseconds.
 * Each on its own would wake a carrier and then the ledger's committer, and have a write of its own, for a fifth of what
 * an RSA-2048 signature costs.
 */
public final class Places {
    /** More waiting calls than this are refused at once; two seconds of what two cores sign with RSA_2048. */
    private static final int WAITING_MAX = 16_384;

    private static final Duration IDLE_MAX = Duration.ofSeconds(10);

    /** The first result of a group waits so long at most, and as long as the work that was begun before that. */
    private static final long HELD_MAX_NANOS = 4_000_000;

    /** Of slower work there would be few in a group. */
    private static final long HELD_WORK_MAX_NANOS = HELD_MAX_NANOS / 8;

    private final int count;
    private final long waitMaxNanos;
    private final LongSupplier ticker;
    private final Queue<Turn<?>> waiting;
    private final AtomicInteger working = new AtomicInteger();
    private final Held held = new Held();
    private final ThreadPoolExecutor workers;

    public Places(int count, Duration waitMax) {
        this(count, waitMax, WAITING_MAX, System::nanoTime);
    }

    /** @param ticker nanoseconds that only go forward */
    Places(int count, Duration waitMax, int waitingMax, LongSupplier ticker) {
        this.count = count;
        this.waitMaxNanos = waitMax.toNanos();
        this.ticker = ticker;
        this.waiting = new LinkedBlockingQueue<>(waitingMax);
        this.workers = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                IDLE_MAX.toSeconds(),
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                Thread.ofPlatform().daemon().name("kms-slow-", 0).factory());
    }

    /**
     * Does the work on another thread; the caller waits for it. Not to be called from work itself.
     *
     * @throws dev.keytrail.call.Refused ThrottlingException: no place in time
     */
    public <T> T run(Supplier<T> work) {
        Turn<T> turn = new Turn<>(work, ticker.getAsLong());
        if (!waiting.offer(turn)) {
            throw KmsErrors.throttled();
        }
        if (takesPlace()) {
            beginToServe();
        }
        return turn.join();
    }

    /** Whether anybody works or waits. */
    boolean busy() {
        return workers.getActiveCount() > 0 || waiting() > 0;
    }

    /** How many wait for their turn. */
    int waiting() {
        return waiting.size();
    }

    private void beginToServe() {
        try {
            workers.execute(this::serve);
        } catch (RuntimeException | Error noThread) {
            working.decrementAndGet();
            throw noThread;
        }
    }

    private boolean takesPlace() {
        int now = working.get();
        while (now < count) {
            if (working.compareAndSet(now, now + 1)) {
                return true;
            }
            now = working.get();
        }
        return false;
    }

    /** Works until nobody waits. */
    private void serve() {
        do {
            for (Turn<?> turn = waiting.poll(); turn != null; turn = waiting.poll()) {
                long begun = ticker.getAsLong();
                turn.work(begun - turn.since > waitMaxNanos);
                long ended = ticker.getAsLong();
                if (held.add(turn, ended) > HELD_MAX_NANOS || ended - begun > HELD_WORK_MAX_NANOS) {
                    held.handOut();
                }
            }
            held.handOut();
            working.decrementAndGet();
            // Whoever came before the place was given back has started nobody.
        } while (!waiting.isEmpty() && takesPlace());
    }

    /** The group: what all workers have done and nobody has been told of. Whoever adds to it sees to it that it is handed out. */
    private static final class Held {
        private List<Turn<?>> turns = new ArrayList<>();
        private long since;

        /** How long the group has been waiting, in nanoseconds. */
        synchronized long add(Turn<?> turn, long ended) {
            since = turns.isEmpty() ? ended : since;
            turns.add(turn);
            return ended - since;
        }

        void handOut() {
            List<Turn<?>> group = take();
            if (!group.isEmpty()) {
                // Wakes one carrier, once; the callers are then woken from there.
                Thread.startVirtualThread(() -> group.forEach(Turn::handOut));
            }
        }

        private synchronized List<Turn<?>> take() {
            List<Turn<?>> group = turns;
            turns = new ArrayList<>();
            return group;
        }
    }

    /** One caller's work. */
    private static final class Turn<T> {
        private final Supplier<T> work;
        private final long since;
        private final CompletableFuture<T> answer = new CompletableFuture<>();
        private Runnable outcome = () -> {};

        Turn(Supplier<T> work, long since) {
            this.work = work;
            this.since = since;
        }

        void work(boolean late) {
            try {
                if (late) {
                    throw KmsErrors.throttled();
                }
                T result = work.get();
                outcome = () -> answer.complete(result);
            } catch (RuntimeException | Error failure) {
                outcome = () -> answer.completeExceptionally(failure);
            }
        }

        void handOut() {
            outcome.run();
        }

        T join() {
            try {
                return answer.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof RuntimeException failure) {
                    throw failure;
                }
                throw new IllegalStateException("slow work failed", e.getCause());
            }
        }
    }
}
