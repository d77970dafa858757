package dev.keytrail.audit.op;

import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.SignedNote;
import dev.keytrail.audit.chain.VerifierKeys;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import java.util.List;
import java.util.Optional;

/**
 * GetCheckpoint, which AWS has no API for: the newest signed checkpoint, to be remembered elsewhere, and the log's
 * verifier key. Needs {@code keytrail:GetCheckpoint}. Shows sizes and hashes, no event.
 */
public final class GetCheckpoint {
    private final Chain chain;
    private final Witnesses witnesses;
    private final Permit permit;

    GetCheckpoint(Chain chain, Witnesses witnesses, Permit permit) {
        this.chain = chain;
        this.witnesses = witnesses;
        this.permit = permit;
    }

    public record Input() {}

    /** @param witnesses how each stands; an operator's metric */
    public record Output(SignedNote checkpoint, VerifierKeys verifierKeys, List<Witnesses.Status> witnesses) {
        public Output {
            witnesses = List.copyOf(witnesses);
        }
    }

    Operation<Input, Output> row() {
        return new Operation<>(
                Service.KEYTRAIL,
                "GetCheckpoint",
                true,
                Operation.BODY_BYTES_MAX,
                Input.class,
                Output.class,
                this::handle,
                _ -> Optional.empty());
    }

    private Effect<Output> handle(Attempt attempt, Input in) {
        permit.check(attempt, Permit.ANY);
        Optional<SignedNote> newest = chain.checkpoint();
        Optional<VerifierKeys> key = chain.verifierKeys();
        if (newest.isEmpty() || key.isEmpty()) {
            throw new Refused(
                    ApiError.of("ReceiptNotReadyException", "The first checkpoint comes within a second. Try again."));
        }
        return Effect.of(new Output(newest.get(), key.get(), witnesses.status()));
    }
}
