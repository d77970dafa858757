package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.wire.shape.kms.GenerateRandomRequest;
import dev.keytrail.wire.shape.kms.GenerateRandomResponse;
import java.util.Optional;

/** GenerateRandom: needs no key. The event shows no parameter at all, not even the number of bytes. */
final class GenerateRandom {
    private final KeyUse use;

    GenerateRandom(KeyUse use) {
        this.use = use;
    }

    Operation<GenerateRandomRequest, GenerateRandomResponse> row() {
        return Rows.reading(
                "GenerateRandom",
                GenerateRandomRequest.class,
                GenerateRandomResponse.class,
                this::run,
                in -> Optional.empty());
    }

    private Effect<GenerateRandomResponse> run(Attempt attempt, GenerateRandomRequest in) {
        int bytes = in.numberOfBytes().orElseThrow(() -> KmsErrors.invalid("NumberOfBytes is required."));
        KeyUse.refuseRecipient(in.recipient());
        use.permissions().demandOfCaller(attempt, attempt.call().action(), Optional.empty(), Permissions.NOTHING_MORE);
        if (in.customKeyStoreId().isPresent()) {
            throw KmsErrors.unsupported("Custom key stores are not supported yet.");
        }
        return Effect.of(GenerateRandomResponse.builder()
                .plaintext(use.symmetric().random(bytes))
                .build());
    }
}
