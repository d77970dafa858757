package dev.keytrail.audit.op;

import dev.keytrail.audit.history.Retention;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import java.util.List;
import java.util.Optional;

/**
 * PutHistoryRetention and GetHistoryRetention, which AWS has no API for: how many days an account's event history goes
 * back. For principals of the operator's account.
 */
public final class HistoryRetention {
    private final Administration administration;
    private final Retention retention;

    public HistoryRetention(Administration administration, Retention retention) {
        this.administration = administration;
        this.retention = retention;
    }

    /** @param days from {@link Retention#DAYS_MIN} to {@link Retention#DAYS_MAX}; without it the server's own holds again */
    public record Put(Optional<String> accountId, Optional<Long> days) {}

    public record Get(Optional<String> accountId) {}

    /** @param own whether the account has a retention of its own */
    public record Shown(long days, boolean own) {}

    public List<Operation<?, ?>> rows() {
        return List.of(
                new Operation<>(
                        Service.KEYTRAIL,
                        "PutHistoryRetention",
                        false,
                        Operation.BODY_BYTES_MAX,
                        Put.class,
                        Shown.class,
                        this::put,
                        HistoryRetention::facts),
                new Operation<>(
                        Service.KEYTRAIL,
                        "GetHistoryRetention",
                        true,
                        Operation.BODY_BYTES_MAX,
                        Get.class,
                        Shown.class,
                        this::get,
                        in -> TrailDesk.shown(Facts.facts().put("accountId", in.accountId()))));
    }

    private static Optional<Facts> facts(Put in) {
        Facts facts = Facts.facts().put("accountId", in.accountId());
        in.days().ifPresent(days -> facts.put("days", days));
        return TrailDesk.shown(facts);
    }

    private Effect<Shown> put(Attempt attempt, Put in) {
        String account = administration.account(attempt, in.accountId(), "AccountId");
        if (in.days()
                .filter(d -> d < Retention.DAYS_MIN || d > Retention.DAYS_MAX)
                .isPresent()) {
            throw Administration.invalid("Days must be from " + Retention.DAYS_MIN + " to " + Retention.DAYS_MAX);
        }
        Retention.Effective next = retention.effective(in.days());
        return Effect.of(
                shown(next),
                retention.change(
                        attempt.state(), account, in.days(), attempt.call().receivedAt()));
    }

    private static Shown shown(Retention.Effective effective) {
        return new Shown(effective.retention().toDays(), effective.own());
    }

    private Effect<Shown> get(Attempt attempt, Get in) {
        String account = administration.account(attempt, in.accountId(), "AccountId");
        return Effect.of(shown(retention.of(attempt.state(), account)));
    }
}
