package dev.keytrail.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/** A clock that only the test moves. Thread-safe. */
public final class SimulatedClock implements InstantSource {
    private final AtomicReference<Instant> now;

    public SimulatedClock(Instant start) {
        now = new AtomicReference<>(start);
    }

    /** Starts at 2026-01-01T00:00:00Z. */
    public SimulatedClock() {
        this(Instant.parse("2026-01-01T00:00:00Z"));
    }

    @Override
    public Instant instant() {
        return now.get();
    }

    /** Moves on and returns the new time; refuses to go back, which is what {@link #set} is for. */
    public Instant advance(Duration step) {
        if (step.isNegative()) {
            throw new IllegalArgumentException("advance by " + step);
        }
        return now.updateAndGet(time -> time.plus(step));
    }

    /** Any time, also an earlier one: real clocks jump. */
    public void set(Instant time) {
        now.set(time);
    }

    @Override
    public String toString() {
        return "SimulatedClock[" + now.get() + "]";
    }
}
