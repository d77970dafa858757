package dev.keytrail.audit.topic.op;

import dev.keytrail.audit.topic.Topic;
import dev.keytrail.audit.topic.TopicAccess;
import dev.keytrail.audit.topic.TopicTables;
import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.sns.ListTagsForResourceRequest;
import dev.keytrail.wire.shape.sns.ListTagsForResourceResponse;
import dev.keytrail.wire.shape.sns.Tag;
import dev.keytrail.wire.shape.sns.TagResourceRequest;
import dev.keytrail.wire.shape.sns.TagResourceResponse;
import dev.keytrail.wire.shape.sns.UntagResourceRequest;
import dev.keytrail.wire.shape.sns.UntagResourceResponse;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** TagResource, UntagResource, ListTagsForResource. */
final class TopicTags {
    /** AWS's bound for one topic. */
    static final int PER_TOPIC = 50;

    private final TopicAccess access;

    TopicTags(TopicAccess access) {
        this.access = access;
    }

    List<Operation<?, ?>> rows() {
        return List.of(
                TopicRows.row(
                        "TagResource",
                        false,
                        TagResourceRequest.class,
                        TagResourceResponse.class,
                        this::tag,
                        in -> Facts.facts().put("resourceArn", in.resourceArn()).putAll("tags", facts(in.tags()))),
                TopicRows.row(
                        "UntagResource",
                        false,
                        UntagResourceRequest.class,
                        UntagResourceResponse.class,
                        this::untag,
                        in -> Facts.facts().put("resourceArn", in.resourceArn()).putStrings("tagKeys", in.tagKeys())),
                TopicRows.row(
                        "ListTagsForResource",
                        true,
                        ListTagsForResourceRequest.class,
                        ListTagsForResourceResponse.class,
                        this::list,
                        in -> Facts.facts().put("resourceArn", in.resourceArn())));
    }

    private Topic topic(Attempt attempt, String arn) {
        try {
            return access.require(attempt, arn);
        } catch (Refused refused) {
            if (refused.error().code().equals("NotFound")) {
                throw new Refused(ApiError.of("ResourceNotFound", 404, "Resource does not exist"));
            }
            throw refused;
        }
    }

    private Effect<TagResourceResponse> tag(Attempt attempt, TagResourceRequest in) {
        Topic topic = topic(attempt, in.resourceArn());
        return Effect.of(TagResourceResponse.builder().build(), put(topic.withTags(merged(topic.tags(), in.tags()))));
    }

    private Effect<UntagResourceResponse> untag(Attempt attempt, UntagResourceRequest in) {
        Topic topic = topic(attempt, in.resourceArn());
        Map<String, String> rest = new TreeMap<>(topic.tags());
        in.tagKeys().forEach(rest::remove);
        return Effect.of(UntagResourceResponse.builder().build(), put(topic.withTags(rest)));
    }

    private Effect<ListTagsForResourceResponse> list(Attempt attempt, ListTagsForResourceRequest in) {
        Topic topic = topic(attempt, in.resourceArn());
        return Effect.of(ListTagsForResourceResponse.builder()
                .tags(topic.tags().entrySet().stream()
                        .map(e -> Tag.builder()
                                .key(e.getKey())
                                .value(e.getValue())
                                .build())
                        .toList())
                .build());
    }

    private static Change<?> put(Topic topic) {
        return Change.put(TopicTables.TOPICS, TopicTables.key(topic), topic);
    }

    static Map<String, String> merged(Map<String, String> now, List<Tag> added) {
        Set<String> seen = new HashSet<>();
        Map<String, String> merged = new TreeMap<>(now);
        for (Tag tag : added) {
            if (tag.key().toLowerCase(Locale.ROOT).startsWith("aws:") || !seen.add(tag.key())) {
                throw TopicAccess.invalid("Tags: keys must be unique and not start with aws:");
            }
            merged.put(tag.key(), tag.value());
        }
        if (merged.size() > PER_TOPIC) {
            throw new Refused(
                    ApiError.of("TagLimitExceeded", "Could not complete request: tag quota of per resource exceeded"));
        }
        return merged;
    }

    static List<Facts> facts(List<Tag> tags) {
        return tags.stream()
                .map(tag -> Facts.facts().put("key", tag.key()).put("value", tag.value()))
                .toList();
    }
}
