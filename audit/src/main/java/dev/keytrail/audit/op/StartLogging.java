package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingRequest;
import dev.keytrail.wire.shape.cloudtrail.StartLoggingResponse;

/** Starts delivery, with this very call. Starting a trail that logs is no error and changes nothing. */
final class StartLogging {
    private final TrailDesk desk;

    StartLogging(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<StartLoggingRequest, StartLoggingResponse> row() {
        return TrailDesk.row(
                "StartLogging",
                false,
                StartLoggingRequest.class,
                StartLoggingResponse.class,
                this::handle,
                in -> TrailDesk.named(in.name()));
    }

    private Effect<StartLoggingResponse> handle(Attempt attempt, StartLoggingRequest in) {
        Trail trail = desk.findAtHome(attempt, in.name());
        StartLoggingResponse reply = StartLoggingResponse.builder().build();
        return trail.logging() ? Effect.of(reply) : Effect.of(reply, desk.trails.start(attempt.call(), trail));
    }
}
