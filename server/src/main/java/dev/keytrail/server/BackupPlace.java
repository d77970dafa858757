package dev.keytrail.server;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The one place for a backup under way: a backup reads the whole disk. It is taken when the call is decided, so that a second
 * one is refused in words, and entered when the stream begins; a call that is decided and never streams gives it back by
 * itself. Thread-safe.
 */
final class BackupPlace {
    private static final Duration HELD = Duration.ofSeconds(10);

    private record Holder(String requestId, Instant since, boolean streams) {
        boolean bars(String other, Instant now) {
            boolean lapsed = !streams && !now.isBefore(since.plus(HELD));
            return !lapsed && !requestId.equals(other);
        }
    }

    private Optional<Holder> holder = Optional.empty();

    /** Whether the call may have it; a call that is decided again keeps it. */
    synchronized boolean take(String requestId, Instant now) {
        if (holder.filter(held -> held.bars(requestId, now)).isPresent()) {
            return false;
        }
        holder = Optional.of(new Holder(requestId, now, false));
        return true;
    }

    /** Whether it is still the call's. */
    synchronized boolean enter(String requestId, Instant now) {
        if (!take(requestId, now)) {
            return false;
        }
        holder = Optional.of(new Holder(requestId, now, true));
        return true;
    }

    synchronized void leave() {
        holder = Optional.empty();
    }
}
