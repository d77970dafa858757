package dev.keytrail.server;

import dev.keytrail.audit.chain.DropRequest;
import dev.keytrail.audit.chain.Dropped;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * StartLedgerDrop and DescribeLedger, for principals of the operator's account: dropping old records once, under the rules of
 * {@code ledger.retention}, and how far the ledger goes back. The work itself is {@link LedgerRetention}'s.
 */
final class LedgerRows {
    private final Ledger ledger;
    private final LedgerSettings settings;
    private final OperatorOnly operator;

    LedgerRows(Ledger ledger, LedgerSettings settings, OperatorOnly operator) {
        this.ledger = ledger;
        this.settings = settings;
        this.operator = operator;
    }

    /** @param olderThanDays which records may go */
    record Start(Optional<Long> olderThanDays) {}

    record Describe() {}

    /**
     * How far the ledger goes back.
     *
     * @param first index of the oldest record
     * @param end index of the next one
     * @param retention that is in force
     * @param archiving whether what is dropped is archived first
     * @param request the newest that asked for a drop
     * @param dropped what was decided last
     */
    record Standing(
            long first,
            long end,
            Optional<Duration> retention,
            boolean archiving,
            Optional<DropRequest> request,
            Optional<Dropped> dropped) {}

    List<Operation<?, ?>> rows() {
        return List.of(
                new Operation<>(
                        Service.KEYTRAIL,
                        "StartLedgerDrop",
                        false,
                        Operation.BODY_BYTES_MAX,
                        Start.class,
                        Standing.class,
                        this::start,
                        in -> in.olderThanDays().map(days -> Facts.facts().put("olderThanDays", days.longValue()))),
                new Operation<>(
                        Service.KEYTRAIL,
                        "DescribeLedger",
                        true,
                        Operation.BODY_BYTES_MAX,
                        Describe.class,
                        Standing.class,
                        this::describe,
                        _ -> Optional.empty()));
    }

    private Effect<Standing> start(Attempt attempt, Start in) {
        operator.demand(attempt);
        long days = in.olderThanDays().orElse(0L);
        if (days < LedgerSettings.RETENTION_MIN.toDays() || days > LedgerSettings.RETENTION_MAX.toDays()) {
            throw new Refused(ApiError.of(
                    "ValidationException",
                    "OlderThanDays must be from " + LedgerSettings.RETENTION_MIN.toDays() + " to "
                            + LedgerSettings.RETENTION_MAX.toDays() + "."));
        }
        if (DropRequest.waiting(attempt.state()).isPresent()) {
            throw new Refused(
                    ApiError.of("ConflictException", "A drop is under way. DescribeLedger says when it has ended."));
        }
        DropRequest request =
                new DropRequest(attempt.call().requestId(), days, attempt.call().receivedAt(), Optional.empty());
        return Effect.of(standing(attempt, Optional.of(request)), request.change());
    }

    private Effect<Standing> describe(Attempt attempt, Describe in) {
        operator.demand(attempt);
        return Effect.of(standing(attempt, DropRequest.find(attempt.state())));
    }

    private Standing standing(Attempt attempt, Optional<DropRequest> request) {
        return new Standing(
                ledger.first(),
                ledger.end(),
                settings.retention(),
                settings.archive().isPresent(),
                request,
                Dropped.newest(attempt.state()));
    }
}
