package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.kms.key.Tags;
import dev.keytrail.wire.shape.kms.ListResourceTagsRequest;
import dev.keytrail.wire.shape.kms.ListResourceTagsResponse;
import dev.keytrail.wire.shape.kms.Tag;
import java.util.List;

/** ListResourceTags: in order of creation. */
final class ListResourceTags {
    private static final int LIMIT_MAX = 50;

    private final KeyCare care;

    ListResourceTags(KeyCare care) {
        this.care = care;
    }

    Operation<ListResourceTagsRequest, ListResourceTagsResponse> row() {
        return Rows.reading(
                "ListResourceTags",
                ListResourceTagsRequest.class,
                ListResourceTagsResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId(), in.limit(), in.marker()));
    }

    private Effect<ListResourceTagsResponse> run(Attempt attempt, ListResourceTagsRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY);
        Pages pages = Pages.of(attempt.call(), key.id(), in.limit(), LIMIT_MAX, LIMIT_MAX, in.marker());
        long shown = pages.after().isEmpty() ? 0 : Long.parseLong(pages.after());
        List<Tags.Tag> rest =
                key.tags().all().stream().filter(tag -> tag.serial() > shown).toList();
        Pages.Page<Tags.Tag> page = pages.take(rest, tag -> Long.toString(tag.serial()));
        return Effect.of(ListResourceTagsResponse.builder()
                .tags(page.items().stream()
                        .map(tag -> Tag.builder()
                                .tagKey(tag.key())
                                .tagValue(tag.value())
                                .build())
                        .toList())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }
}
