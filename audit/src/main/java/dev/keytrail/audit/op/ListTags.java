package dev.keytrail.audit.op;

import dev.keytrail.audit.trail.Trail;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.ListTagsRequest;
import dev.keytrail.wire.shape.cloudtrail.ListTagsResponse;
import dev.keytrail.wire.shape.cloudtrail.ResourceTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Shows the tags of trails, in one page. */
final class ListTags {
    /** AWS's bound (cloudtrail.md F2). */
    static final int RESOURCES_MAX = 20;

    private final TrailDesk desk;

    ListTags(TrailDesk desk) {
        this.desk = desk;
    }

    Operation<ListTagsRequest, ListTagsResponse> row() {
        return TrailDesk.row(
                "ListTags",
                true,
                ListTagsRequest.class,
                ListTagsResponse.class,
                this::handle,
                in -> Optional.of(Facts.facts()
                        .putStrings("resourceIdList", in.resourceIdList())
                        .put("nextToken", in.nextToken())));
    }

    private Effect<ListTagsResponse> handle(Attempt attempt, ListTagsRequest in) {
        if (in.nextToken().isPresent()) {
            throw new Refused(ApiError.of("InvalidTokenException", "No such token was given out."));
        }
        if (in.resourceIdList().size() > RESOURCES_MAX) {
            // The model has no error for it.
            throw new Refused(
                    ApiError.of("ValidationException", "At most " + RESOURCES_MAX + " resources in a request."));
        }
        List<ResourceTag> shown = new ArrayList<>();
        for (String arn : in.resourceIdList()) {
            Trail trail = desk.findByArn(attempt, arn);
            shown.add(ResourceTag.builder()
                    .resourceId(trail.arn())
                    .tagsList(Tags.shapes(trail.tags()))
                    .build());
        }
        return Effect.of(ListTagsResponse.builder().resourceTagList(shown).build());
    }
}
