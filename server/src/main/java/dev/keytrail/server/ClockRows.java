package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** AdvanceClock and GetClock, which exist on virtual time alone and for principals of the operator's account. */
final class ClockRows {
    private static final Duration ADVANCE_MAX = Duration.ofDays(365 * 10);

    private final VirtualClock clock;
    private final OperatorOnly operator;

    ClockRows(VirtualClock clock, OperatorOnly operator) {
        this.clock = clock;
        this.operator = operator;
    }

    /** By how many whole seconds. */
    record Advance(Optional<Long> seconds) {}

    record Look() {}

    /** The clock is there when {@code now} is not before {@code target}; until then it is on its way. */
    record Shown(Instant now, Instant target) {}

    List<Operation<?, ?>> rows() {
        return List.of(
                new Operation<>(
                        Service.KEYTRAIL,
                        "AdvanceClock",
                        false,
                        Operation.BODY_BYTES_MAX,
                        Advance.class,
                        Shown.class,
                        this::advance,
                        in -> in.seconds().map(seconds -> Facts.facts().put("seconds", seconds.longValue()))),
                new Operation<>(
                        Service.KEYTRAIL,
                        "GetClock",
                        true,
                        Operation.BODY_BYTES_MAX,
                        Look.class,
                        Shown.class,
                        this::look,
                        in -> Optional.empty()));
    }

    private Effect<Shown> advance(Attempt attempt, Advance in) {
        operator.demand(attempt);
        long seconds = in.seconds().orElse(0L);
        Duration before = VirtualClock.wanted(attempt.state());
        if (seconds < 1
                || seconds > ADVANCE_MAX.toSeconds()
                || before.plusSeconds(seconds).compareTo(VirtualClock.AHEAD_MAX) > 0) {
            throw new Refused(ApiError.of(
                    "ValidationException",
                    "Seconds must be from 1 to " + ADVANCE_MAX.toSeconds() + ", and the clock at most "
                            + VirtualClock.AHEAD_MAX.toDays() + " days ahead in all."));
        }
        Duration wanted = before.plusSeconds(seconds);
        return Effect.of(shown(wanted), VirtualClock.want(wanted));
    }

    private Effect<Shown> look(Attempt attempt, Look in) {
        operator.demand(attempt);
        return Effect.of(shown(VirtualClock.wanted(attempt.state())));
    }

    private Shown shown(Duration wanted) {
        Instant target = clock.real().plus(wanted);
        Instant now = clock.settled();
        return new Shown(now.isAfter(target) ? target : now, target);
    }
}
