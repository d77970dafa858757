package dev.keytrail.server;

import dev.keytrail.audit.bucket.Door;
import dev.keytrail.audit.bucket.S3Operation;
import dev.keytrail.audit.bucket.S3Reply;
import dev.keytrail.audit.bucket.S3Request;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Origin;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.call.State;
import java.time.Instant;
import java.util.Optional;

/** Keytrail's own services at the gate: decided, recorded and committed like any caller from outside. */
final class ServiceDoor implements Door {
    private final Gate gate;

    ServiceDoor(Gate gate) {
        this.gate = gate;
    }

    /** Either the reply or the refusal, for the gate answers both the same way. */
    private record Answered(Optional<S3Reply> reply, Optional<ApiError> error) {}

    @Override
    public S3Reply call(Call call, S3Operation operation, S3Request request) {
        Answered answered = gate.call(new Inside(call, operation, request)).reply();
        return answered.reply().orElseThrow(() -> new Refused(answered.error().orElseThrow()));
    }

    private record Inside(Call call, S3Operation s3, S3Request request) implements Case<Answered> {
        @Override
        public Service service() {
            return Service.S3;
        }

        @Override
        public String operation() {
            return s3.row().name();
        }

        @Override
        public boolean readOnly() {
            return s3.row().readOnly();
        }

        @Override
        public Origin origin() {
            return call.origin();
        }

        @Override
        public Identified identify(State state, Instant now) {
            return new Identified(call.caller(), call.region());
        }

        @Override
        public Decided<Answered> decide(Attempt attempt) {
            Effect<S3Reply> effect = s3.row().handler().handle(attempt, request);
            return new Decided<>(new Answered(Optional.of(effect.reply()), Optional.empty()), effect);
        }

        @Override
        public Optional<Facts> requestParameters() {
            return s3.row().requestParameters().apply(request);
        }

        @Override
        public Answered refuse(ApiError error, String requestId) {
            return new Answered(Optional.empty(), Optional.of(error));
        }

        @Override
        public ApiError fault() {
            return ApiError.of("InternalError", 500, "We encountered an internal error. Please try again.");
        }
    }
}
