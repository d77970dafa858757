package dev.keytrail.server;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Calls that Keytrail's own services make of one another: decided, recorded and committed like any caller's from outside.
 * Thread-safe.
 */
final class ServiceCalls {
    private final Gate gate;
    private final InstantSource clock;
    private final Entropy entropy;

    ServiceCalls(Gate gate, InstantSource clock, Entropy entropy) {
        this.gate = gate;
        this.clock = clock;
        this.entropy = entropy;
    }

    /**
     * The answer, once its event is durable.
     *
     * @throws Refused the operation refused, and that is on record; or nothing is, and trying again may help
     */
    <I, O> O call(Operation<I, O> row, I input, Caller caller, String region) {
        Answered<O> answered =
                gate.call(new Inside<>(row, input, caller, region)).reply();
        return answered.reply().orElseThrow(() -> new Refused(answered.error().orElseThrow()));
    }

    /** A call to ask policies about, before anything is done. */
    Call imagined(Service service, String operation, Caller caller, String region) {
        return new Call(entropy.uuid(), clock.instant(), service, operation, region, caller, origin(caller));
    }

    private static Origin origin(Caller caller) {
        return Origin.service(caller.invokedBy().orElseThrow());
    }

    /** Either the reply or the refusal, for the gate answers both the same way. */
    private record Answered<O>(Optional<O> reply, Optional<ApiError> error) {}

    private record Inside<I, O>(Operation<I, O> row, I input, Caller caller, String region)
            implements Case<Answered<O>> {
        @Override
        public Service service() {
            return row.service();
        }

        @Override
        public String operation() {
            return row.name();
        }

        @Override
        public boolean readOnly() {
            return row.readOnly();
        }

        @Override
        public Origin origin() {
            return ServiceCalls.origin(caller);
        }

        @Override
        public Identified identify(State state, Instant now) {
            return new Identified(caller, region);
        }

        @Override
        public Decided<Answered<O>> decide(Attempt attempt) {
            Effect<O> effect = row.handler().handle(attempt, input);
            return new Decided<>(new Answered<>(Optional.of(effect.reply()), Optional.empty()), effect);
        }

        @Override
        public Optional<Facts> requestParameters() {
            return row.requestParameters().apply(input);
        }

        @Override
        public Answered<O> refuse(ApiError error, String requestId) {
            return new Answered<>(Optional.empty(), Optional.of(error));
        }

        @Override
        public ApiError fault() {
            return ApiError.of("InternalFailure", 500, "The request failed for an internal reason. Try again.");
        }
    }
}
