package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.UpdateKeyDescriptionRequest;
import java.util.Optional;

/** UpdateKeyDescription: up to 8192 characters, empty for none. */
final class UpdateKeyDescription {
    private final KeyCare care;

    UpdateKeyDescription(KeyCare care) {
        this.care = care;
    }

    Operation<UpdateKeyDescriptionRequest, NoOutput> row() {
        return Rows.changing(
                "UpdateKeyDescription",
                UpdateKeyDescriptionRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("keyId", in.keyId()).put("description", in.description())));
    }

    private Effect<NoOutput> run(Attempt attempt, UpdateKeyDescriptionRequest in) {
        Key key = care.ready(attempt, in.keyId(), StateRule.LABELLING);
        return Effect.of(NoOutput.INSTANCE, Change.put(Key.TABLE, key.rowKey(), key.withDescription(in.description())));
    }
}
