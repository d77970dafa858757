package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.ListTrailsRequest;
import dev.keytrail.wire.shape.cloudtrail.ListTrailsResponse;
import dev.keytrail.wire.shape.cloudtrail.TrailInfo;

/** Names all trails of the account, in one page: there are five to a Region at most. */
final class ListTrails {
    private final TrailDesk desk;

    ListTrails(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<ListTrailsRequest, ListTrailsResponse> row() {
        return TrailDesk.row(
                "ListTrails",
                true,
                ListTrailsRequest.class,
                ListTrailsResponse.class,
                this::handle,
                in -> TrailDesk.shown(Facts.facts().put("nextToken", in.nextToken())));
    }

    private Effect<ListTrailsResponse> handle(Attempt attempt, ListTrailsRequest in) {
        desk.permit.check(attempt, Permit.ANY);
        if (in.nextToken().isPresent()) {
            // The model has no error for it.
            throw new Refused(ApiError.of("ValidationException", "No such token was given out."));
        }
        return Effect.of(ListTrailsResponse.builder()
                .trails(desk.trails.visible(attempt.state(), attempt.call().account()).stream()
                        .map(ListTrails::info)
                        .toList())
                .build());
    }

    private static TrailInfo info(Trail trail) {
        return TrailInfo.builder()
                .name(trail.name())
                .trailARN(trail.arn())
                .homeRegion(trail.homeRegion())
                .build();
    }
}
