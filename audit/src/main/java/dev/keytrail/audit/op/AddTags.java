package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.wire.shape.cloudtrail.AddTagsRequest;
import dev.keytrail.wire.shape.cloudtrail.AddTagsResponse;
import java.util.Optional;

/** Tags a trail; a key that it has gets the new value. */
final class AddTags {
    private final TrailDesk desk;

    AddTags(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<AddTagsRequest, AddTagsResponse> row() {
        return TrailDesk.row(
                "AddTags",
                false,
                AddTagsRequest.class,
                AddTagsResponse.class,
                this::handle,
                in -> Optional.of(Facts.facts()
                        .put("resourceId", in.resourceId())
                        .putAll("tagsList", Tags.facts(in.tagsList()))));
    }

    private Effect<AddTagsResponse> handle(Attempt attempt, AddTagsRequest in) {
        Trail trail = desk.findOwnByArn(attempt, in.resourceId());
        Trail tagged = trail.withTags(Tags.merged(trail.tags(), in.tagsList()));
        return Effect.of(AddTagsResponse.builder().build(), desk.trails.retag(tagged));
    }
}
