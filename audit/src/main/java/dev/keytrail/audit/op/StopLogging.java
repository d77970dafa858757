package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StopLoggingResponse;

/** Stops delivery behind this very call. Stopping a trail that does not log is no error and changes nothing. */
final class StopLogging {
    private final TrailDesk desk;

    StopLogging(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<StopLoggingRequest, StopLoggingResponse> row() {
        return TrailDesk.row(
                "StopLogging",
                false,
                StopLoggingRequest.class,
                StopLoggingResponse.class,
                this::handle,
                in -> TrailDesk.named(in.name()));
    }

    private Effect<StopLoggingResponse> handle(Attempt attempt, StopLoggingRequest in) {
        Trail trail = desk.findAtHome(attempt, in.name());
        StopLoggingResponse reply = StopLoggingResponse.builder().build();
        return trail.logging() ? Effect.of(reply, desk.trails.stop(attempt.call(), trail)) : Effect.of(reply);
    }
}
