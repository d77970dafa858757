package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.DeleteTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.DeleteTrailResponse;

/** Ends a trail. What it selected up to this very call is still delivered; the bucket stays as it is. */
final class DeleteTrail {
    private final TrailDesk desk;

    DeleteTrail(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<DeleteTrailRequest, DeleteTrailResponse> row() {
        return TrailDesk.row(
                "DeleteTrail",
                false,
                DeleteTrailRequest.class,
                DeleteTrailResponse.class,
                this::handle,
                in -> TrailDesk.named(in.name()));
    }

    private Effect<DeleteTrailResponse> handle(Attempt attempt, DeleteTrailRequest in) {
        Trail trail = desk.findAtHome(attempt, in.name());
        return Effect.of(
                DeleteTrailResponse.builder().build(), desk.trails.delete(attempt.state(), attempt.call(), trail));
    }
}
