package dev.keytrail.audit.op;

import dev.keytrail.audit.chain.ChainBroken;
import dev.keytrail.audit.chain.Dropped;
import dev.keytrail.audit.chain.Receipt;
import dev.keytrail.audit.chain.Receipts;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * GetReceipt, which AWS has no API for: the proof that one event of the caller's account is in the log. Needs
 * {@code keytrail:GetReceipt}. Events of other accounts are unknown here.
 */
public final class GetReceipt {
    private static final int ID_CHARS_MAX = 64;

    /** Servers' clocks differ, and event times are theirs. */
    private static final long CLOCK_SKEW_SECONDS = 3600;

    private final Receipts receipts;
    private final Permit permit;

    GetReceipt(Receipts receipts, Permit permit) {
        this.receipts = receipts;
        this.permit = permit;
    }

    /** One of the three: ids of an event or of a request are looked up in the call's Region, an index anywhere. */
    public record Input(Optional<String> eventId, Optional<String> requestId, Optional<Long> index) {}

    public record Output(Receipt receipt) {}

    Operation<Input, Output> row() {
        return new Operation<>(
                Service.KEYTRAIL,
                "GetReceipt",
                true,
                Operation.BODY_BYTES_MAX,
                Input.class,
                Output.class,
                this::handle,
                GetReceipt::facts);
    }

    private static Optional<Facts> facts(Input in) {
        Facts shown = Facts.facts()
                .put("eventId", in.eventId().filter(GetReceipt::isShort))
                .put("requestId", in.requestId().filter(GetReceipt::isShort));
        in.index().ifPresent(index -> shown.put("index", index));
        return TrailDesk.shown(shown);
    }

    private static boolean isShort(String id) {
        return id.length() <= ID_CHARS_MAX;
    }

    private Effect<Output> handle(Attempt attempt, Input in) {
        permit.check(attempt, Permit.ANY);
        long said = Stream.of(in.eventId(), in.requestId(), in.index())
                .filter(Optional::isPresent)
                .count();
        if (said != 1
                || !in.eventId().map(GetReceipt::isShort).orElse(true)
                || !in.requestId().map(GetReceipt::isShort).orElse(true)) {
            throw new Refused(ApiError.of("ValidationException", "Say one of EventId, RequestId and Index."));
        }
        return switch (find(attempt.call(), in)) {
            case Receipts.Answer.Made made -> Effect.of(new Output(made.receipt()));
            case Receipts.Answer.NotYet _ ->
                throw new Refused(ApiError.of(
                        "ReceiptNotReadyException",
                        "The event is on record; its checkpoint comes within a second. Try again."));
            case Receipts.Answer.Unknown _ ->
                throw new Refused(
                        ApiError.of("EventNotFoundException", "There is no such event in this account and Region."));
            case Receipts.Answer.Gone gone -> throw new Refused(gone(in.index().orElseThrow(), gone.dropped()));
            case Receipts.Answer.Lost _ ->
                throw new Refused(ApiError.of(
                        "EventLostException",
                        410,
                        "The record was lost to damage of the ledger; RepairLedger in the log says so. The log keeps its"
                                + " leaf hash."));
        };
    }

    /** Whoever has the event's bytes can still prove them. */
    private static ApiError gone(long index, Dropped dropped) {
        String where = dropped.archive()
                .map(archive -> "The operator has it in the archive " + archive.name() + ".")
                .orElse("It was not archived.");
        return ApiError.of(
                "EventDroppedException",
                410,
                "Record " + index + " was dropped from the ledger at " + dropped.at() + ", under a retention of "
                        + dropped.days() + " days. " + where
                        + " The log keeps its leaf hash: whoever has the event proves it with keytrail receipt #"
                        + index
                        + " --event FILE.");
    }

    private Receipts.Answer find(Call call, Input in) {
        try {
            long until = call.receivedAt().getEpochSecond() + CLOCK_SKEW_SECONDS;
            return in.eventId()
                    .map(id -> receipts.ofEvent(call.account(), call.region(), id, until))
                    .or(() -> in.requestId().map(id -> receipts.ofRequest(call.account(), call.region(), id, until)))
                    .orElseGet(() -> receipts.ofIndex(call.account(), in.index().orElseThrow()));
        } catch (ChainBroken broken) {
            throw new Refused(ApiError.of("LogBrokenException", 500, "No receipt: " + broken.getMessage() + "."));
        }
    }
}
