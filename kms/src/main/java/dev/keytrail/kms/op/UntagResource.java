package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.UntagResourceRequest;
import java.util.Optional;

/** UntagResource: keys that are not there are no error. */
final class UntagResource {
    private final KeyCare care;

    UntagResource(KeyCare care) {
        this.care = care;
    }

    Operation<UntagResourceRequest, NoOutput> row() {
        return Rows.changing(
                "UntagResource",
                UntagResourceRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("keyId", in.keyId()).putStrings("tagKeys", in.tagKeys())));
    }

    private Effect<NoOutput> run(Attempt attempt, UntagResourceRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.LABELLING, to -> to.putAll("aws:TagKeys", in.tagKeys()));
        return Effect.of(
                        NoOutput.INSTANCE,
                        Change.put(
                                Key.TABLE, key.rowKey(), key.withTags(key.tags().without(in.tagKeys()))))
                .showing(Rows.keyArn(key.arn()));
    }
}
