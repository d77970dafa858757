package dev.keytrail.kms.op;

import dev.keytrail.call.Facts;
import dev.keytrail.kms.key.TagRules;
import dev.keytrail.wire.shape.kms.Tag;
import java.util.List;
import java.util.Map;

/** Tags as requests bring them and events show them. */
final class TagLists {
    private TagLists() {}

    /** In the order given. @throws dev.keytrail.call.Refused TagException */
    static Map<String, String> collected(List<Tag> tags) {
        TagRules rules = new TagRules();
        tags.forEach(tag -> rules.add(tag.tagKey(), tag.tagValue()));
        return rules.collected();
    }

    static List<Facts> shown(List<Tag> tags) {
        return tags.stream()
                .map(tag -> Facts.facts().put("tagKey", tag.tagKey()).put("tagValue", tag.tagValue()))
                .toList();
    }
}
