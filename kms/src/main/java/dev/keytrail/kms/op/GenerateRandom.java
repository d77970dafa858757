package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.CustomKeyStore;
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
        Optional<CustomKeyStore> store = in.customKeyStoreId().map(id -> StoreCare.find(attempt, id));
        if (store.filter(found -> found.proxy().isPresent()).isPresent()) {
            throw KmsErrors.unsupported("An external key store has no random numbers.");
        }
        store.ifPresent(StoreCare::demandConnected);
        return Effect.of(GenerateRandomResponse.builder()
                .plaintext(
                        store.isPresent()
                                ? use.stores().random(store.get(), bytes)
                                : use.symmetric().random(bytes))
                .build());
    }
}
