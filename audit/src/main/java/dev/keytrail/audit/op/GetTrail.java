package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.GetTrailRequest;
import dev.keytrail.wire.shape.cloudtrail.GetTrailResponse;

/** Shows one trail. */
final class GetTrail {
    private final TrailDesk desk;

    GetTrail(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<GetTrailRequest, GetTrailResponse> row() {
        return TrailDesk.row(
                "GetTrail",
                true,
                GetTrailRequest.class,
                GetTrailResponse.class,
                this::handle,
                in -> TrailDesk.named(in.name()));
    }

    private Effect<GetTrailResponse> handle(Attempt attempt, GetTrailRequest in) {
        Trail trail = desk.find(attempt, in.name());
        return Effect.of(GetTrailResponse.builder().trail(TrailShapes.of(trail)).build());
    }
}
