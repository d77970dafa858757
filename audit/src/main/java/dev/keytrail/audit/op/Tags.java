package dev.keytrail.audit.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import dev.keytrail.wire.shape.cloudtrail.Tag;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Tags of trails: what is allowed, and how they look in shapes and events. */
final class Tags {
    /** AWS's bound for one resource (cloudtrail.md F2). */
    static final int PER_RESOURCE = 50;

    private Tags() {}

    /** The tags after adding some; a known key gets the new value. */
    static Map<String, String> merged(Map<String, String> now, List<Tag> added) {
        Set<String> seen = new HashSet<>();
        Map<String, String> merged = new TreeMap<>(now);
        for (Tag tag : added) {
            if (tag.key().toLowerCase(Locale.ROOT).startsWith("aws:") || !seen.add(tag.key())) {
                throw new Refused(ApiError.of(
                        "InvalidTagParameterException",
                        "Tag keys must be unique in a request and not start with aws:."));
            }
            merged.put(tag.key(), tag.value().orElse(""));
        }
        if (merged.size() > PER_RESOURCE) {
            throw new Refused(
                    ApiError.of("TagsLimitExceededException", "A trail can have at most " + PER_RESOURCE + " tags."));
        }
        return merged;
    }

    /** A tag to remove that has a value must match it. */
    static Map<String, String> without(Map<String, String> now, List<Tag> removed) {
        Map<String, String> rest = new TreeMap<>(now);
        for (Tag tag : removed) {
            if (tag.value().isEmpty() || tag.value().get().equals(rest.get(tag.key()))) {
                rest.remove(tag.key());
            }
        }
        return rest;
    }

    static List<Tag> shapes(Map<String, String> tags) {
        return new TreeMap<>(tags)
                .entrySet().stream()
                        .map(e -> Tag.builder()
                                .key(e.getKey())
                                .value(e.getValue())
                                .build())
                        .toList();
    }

    static List<Facts> facts(List<Tag> tags) {
        return tags.stream()
                .map(tag -> Facts.facts().put("key", tag.key()).put("value", tag.value()))
                .toList();
    }
}
