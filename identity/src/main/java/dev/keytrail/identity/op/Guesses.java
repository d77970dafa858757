package dev.keytrail.identity.op;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.time.Instant;

/**
 * Ends guessing: after so many wrong answers in a row about one thing, none is looked at for a while; a right one forgets
 * them. Kept in memory, for that long is all it takes, and bounded. Thread-safe.
 */
final class Guesses {
    /** Wrong answers in a row after which a device, or a user at one address, is left alone. AWS does not publish its own. */
    static final int IN_A_ROW_MAX = 10;

    private static final Duration PAUSE = Duration.ofMinutes(15);
    private static final int THINGS_MAX = 100_000;

    private final int inARowMax;
    private final Cache<String, Wrong> wrong = Caffeine.newBuilder()
            .maximumSize(THINGS_MAX)
            .executor(Runnable::run)
            .build();

    /** @param times wrong answers in a row, the last of them at {@code last} */
    private record Wrong(int times, Instant last) {}

    Guesses(int inARowMax) {
        this.inARowMax = inARowMax;
    }

    /** Whether answers about it are not looked at now. After the pause one is; if it is wrong, there is another pause. */
    boolean ended(String thing, Instant now) {
        Wrong known = wrong.getIfPresent(thing);
        return known != null
                && known.times() >= inARowMax
                && now.isBefore(known.last().plus(PAUSE));
    }

    void wrong(String thing, Instant now) {
        wrong.asMap()
                .merge(thing, new Wrong(1, now), (old, one) -> new Wrong(Math.min(old.times() + 1, inARowMax), now));
    }

    void right(String thing) {
        wrong.invalidate(thing);
    }
}
