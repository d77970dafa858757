package dev.keytrail.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls one step again and again on its own thread until closed, waiting as long as the step says. The only place where background work waits. */
final class Loop implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Loop.class);

    private static final Duration AFTER_FAILURE = Duration.ofSeconds(1);

    /** A long backlog waits for the next start. */
    private static final int LAST_STEPS_MAX = 20;

    private final CountDownLatch stop;
    private final Thread thread;

    private Loop(CountDownLatch stop, Thread thread) {
        this.stop = stop;
        this.thread = thread;
    }

    /** A platform thread: steps may read files and call native code for long. */
    static Loop start(House.Step step) {
        CountDownLatch stop = new CountDownLatch(1);
        return new Loop(stop, Thread.ofPlatform().name(step.name()).daemon(true).start(() -> run(step, stop)));
    }

    private static void run(House.Step step, CountDownLatch stop) {
        Duration pause = Duration.ZERO;
        try {
            while (!stop.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    pause = step.run().get();
                } catch (RuntimeException e) {
                    // The next step starts from committed state, so going on is safe and stopping would hide work
                    // undone.
                    log.error("{} failed, trying again", step.name(), e);
                    pause = AFTER_FAILURE;
                }
            }
            finish(step);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static void finish(House.Step step) {
        boolean more = step.last();
        for (int i = 0; more && i < LAST_STEPS_MAX; i++) {
            try {
                more = step.run().get().isZero();
            } catch (RuntimeException e) {
                log.warn("{} could not be finished", step.name(), e);
                return;
            }
        }
    }

    /** Waits for a running step, at most two seconds. */
    @Override
    public void close() {
        stop.countDown();
        try {
            thread.join(2_000);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
