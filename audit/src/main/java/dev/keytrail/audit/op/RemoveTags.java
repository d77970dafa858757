package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.RemoveTagsRequest;
import dev.keytrail.wire.shape.cloudtrail.RemoveTagsResponse;
import java.util.Optional;

/** Takes tags off a trail; keys that it does not have are no error. */
final class RemoveTags {
    private final TrailDesk desk;

    RemoveTags(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<RemoveTagsRequest, RemoveTagsResponse> row() {
        return TrailDesk.row(
                "RemoveTags",
                false,
                RemoveTagsRequest.class,
                RemoveTagsResponse.class,
                this::handle,
                in -> Optional.of(Facts.facts()
                        .put("resourceId", in.resourceId())
                        .putAll("tagsList", Tags.facts(in.tagsList()))));
    }

    private Effect<RemoveTagsResponse> handle(Attempt attempt, RemoveTagsRequest in) {
        Trail trail = desk.findOwnByArn(attempt, in.resourceId());
        Trail rest = trail.withTags(Tags.without(trail.tags(), in.tagsList()));
        return Effect.of(RemoveTagsResponse.builder().build(), desk.trails.retag(rest));
    }
}
