package dev.keytrail.audit.op;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.policy.Explanation;
import java.util.Optional;

/**
 * ExplainEvent, which AWS has no API for: why a call of the caller's account was allowed or denied, as it was decided then.
 * Needs {@code keytrail:ExplainEvent}. Of another account's policies nothing is told; events of other accounts are unknown.
 */
public final class ExplainEvent {
    private static final int EVENT_ID_CHARS_MAX = 64;

    /** Servers' clocks differ, and event times are theirs. */
    private static final long CLOCK_SKEW_SECONDS = 3600;

    private final Ledger ledger;
    private final HistoryIndex history;
    private final Permit permit;

    public ExplainEvent(Ledger ledger, HistoryIndex history, Permit permit) {
        this.ledger = ledger;
        this.history = history;
        this.permit = permit;
    }

    /** One of the two: an event id is looked up in the call's Region, an index anywhere. */
    public record Input(Optional<String> eventId, Optional<Long> index) {}

    public record Output(LedgerRecord event, Explanation explanation) {}

    public Operation<Input, Output> row() {
        return new Operation<>(
                Service.KEYTRAIL,
                "ExplainEvent",
                true,
                Operation.BODY_BYTES_MAX,
                Input.class,
                Output.class,
                this::handle,
                ExplainEvent::facts);
    }

    private static Optional<Facts> facts(Input in) {
        Facts shown = Facts.facts().put("eventId", in.eventId().filter(id -> id.length() <= EVENT_ID_CHARS_MAX));
        in.index().ifPresent(index -> shown.put("index", index));
        return TrailDesk.shown(shown);
    }

    private Effect<Output> handle(Attempt attempt, Input in) {
        permit.check(attempt, Permit.ANY);
        if (in.eventId().isPresent() == in.index().isPresent()
                || in.eventId().filter(id -> id.length() > EVENT_ID_CHARS_MAX).isPresent()) {
            throw new Refused(ApiError.of("ValidationException", "Say either EventId or Index."));
        }
        LedgerRecord event = in.eventId()
                .map(id -> byId(attempt.call(), id))
                .orElseGet(() -> byIndex(attempt.call(), in.index().orElseThrow()))
                .orElseThrow(() -> new Refused(
                        ApiError.of("EventNotFoundException", "There is no such event in this account and Region.")));
        return Effect.of(new Output(event, Explanation.decode(event.annex(), event.resources())));
    }

    private Optional<LedgerRecord> byId(Call call, String eventId) {
        Lookup lookup = new Lookup(
                call.account(),
                call.region(),
                Optional.of(new Match(Attribute.EVENT_ID, eventId)),
                0,
                call.receivedAt().getEpochSecond() + CLOCK_SKEW_SECONDS,
                Optional.empty(),
                1);
        return history.find(lookup).events().stream().findFirst().map(Found::record);
    }

    private Optional<LedgerRecord> byIndex(Call call, long index) {
        if (index < 0 || index >= ledger.end()) {
            return Optional.empty();
        }
        if (index < ledger.first()) {
            throw new Refused(ApiError.of(
                    "EventDroppedException",
                    410,
                    "Record " + index + " was dropped from the ledger under its retention, and the decision with it."));
        }
        try (Ledger.Cursor cursor = ledger.records(index)) {
            return cursor.next() && cursor.record().account().equals(call.account())
                    ? Optional.of(cursor.record())
                    : Optional.empty();
        }
    }
}
