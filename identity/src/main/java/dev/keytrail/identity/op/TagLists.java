package dev.keytrail.identity.op;

import dev.keytrail.call.Facts;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.iam.Tag;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Tags in requests. */
final class TagLists {
    /** AWS's quota of tags on one resource. */
    static final int TAGS_MAX = 50;

    private TagLists() {}

    /** In the order sent. Keys are unique without case and may not begin with {@code aws:}. */
    static Map<String, String> checked(List<Tag> tags) {
        Map<String, String> map = new LinkedHashMap<>();
        Set<String> seen = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        for (Tag tag : tags) {
            if (tag.key().toLowerCase(Locale.ROOT).startsWith("aws:")) {
                throw IamErrors.invalidInput("Tag keys beginning with 'aws:' are reserved for system use.");
            }
            if (!seen.add(tag.key())) {
                throw IamErrors.invalidInput(
                        "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
            }
            map.put(tag.key(), tag.value());
        }
        return map;
    }

    static void conditions(ConditionContext.Builder conditions, Map<String, String> tags) {
        if (!tags.isEmpty()) {
            conditions.putAll("aws:TagKeys", tags.keySet());
            tags.forEach((key, value) -> conditions.put("aws:RequestTag/" + key, value));
        }
    }

    static List<Facts> facts(List<Tag> tags) {
        return tags.stream()
                .map(t -> Facts.facts().put("key", t.key()).put("value", t.value()))
                .toList();
    }

    static List<Tag> shape(Map<String, String> tags) {
        return tags.entrySet().stream()
                .map(t -> Tag.builder().key(t.getKey()).value(t.getValue()).build())
                .toList();
    }

    /** The keys that a tagged resource answers. */
    static void resourceConditions(ConditionContext.Builder conditions, Map<String, String> tags) {
        tags.forEach((key, value) -> {
            conditions.put("aws:ResourceTag/" + key, value);
            conditions.put("iam:ResourceTag/" + key, value);
        });
    }

    /** A tag replaces the one of the same key without case. */
    static Map<String, String> merged(Map<String, String> old, Map<String, String> added) {
        Map<String, String> all = new LinkedHashMap<>(without(old, added.keySet()));
        all.putAll(added);
        return all;
    }

    static Map<String, String> without(Map<String, String> tags, Collection<String> keys) {
        Set<String> gone = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        gone.addAll(keys);
        Map<String, String> left = new LinkedHashMap<>(tags);
        left.keySet().removeIf(gone::contains);
        return left;
    }
}
