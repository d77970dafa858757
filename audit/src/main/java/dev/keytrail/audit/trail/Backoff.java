package dev.keytrail.audit.trail;

import java.time.Duration;
import java.time.Instant;

/** When to try again what failed: after 1, 2, 4 ... seconds, at most a minute. One thread at a time. */
public final class Backoff {
    private static final Duration MAX = Duration.ofSeconds(60);

    private int failures;
    private Instant retryAt = Instant.MIN;

    public void failed(Instant now) {
        failures++;
        Duration wait = Duration.ofSeconds(1L << Math.min(failures - 1, 6));
        retryAt = now.plus(wait.compareTo(MAX) < 0 ? wait : MAX);
    }

    public void succeeded() {
        failures = 0;
        retryAt = Instant.MIN;
    }

    /** A clock that was set back holds nobody up for longer than the longest wait. */
    public boolean mayTry(Instant now) {
        return !retryAt.isAfter(now) || retryAt.isAfter(now.plus(MAX));
    }

    public boolean isFailing() {
        return failures > 0;
    }
}
