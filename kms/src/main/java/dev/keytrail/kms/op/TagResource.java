package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyConditions;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.kms.key.TagRules;
import dev.keytrail.kms.key.Tags;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.TagResourceRequest;
import java.util.Map;
import java.util.Optional;

/** TagResource: adds tags; those that are there keep their place and get the new value. */
final class TagResource {
    private final KeyCare care;

    TagResource(KeyCare care) {
        this.care = care;
    }

    Operation<TagResourceRequest, NoOutput> row() {
        return Rows.changing(
                "TagResource",
                TagResourceRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("keyId", in.keyId()).putAll("tags", TagLists.shown(in.tags()))));
    }

    private Effect<NoOutput> run(Attempt attempt, TagResourceRequest in) {
        Map<String, String> tags = TagLists.collected(in.tags());
        Key key = care.ready(attempt, in.keyId(), StateRule.LABELLING, to -> KeyConditions.requestTags(tags, to));
        Tags tagged = TagRules.demandWithinQuota(key.tags().putAll(tags));
        return Effect.of(NoOutput.INSTANCE, Change.put(Key.TABLE, key.rowKey(), key.withTags(tagged)))
                .showing(Rows.keyArn(key.arn()));
    }
}
