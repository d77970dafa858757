package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.wire.shape.kms.GenerateRandomRequest;
import dev.keytrail.wire.shape.kms.GenerateRandomResponse;
import java.util.Map;
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
        Optional<Recipient> recipient = use.recipient(attempt, in.recipient());
        Map<String, String> measured = recipient.map(Recipient::conditions).orElse(Map.of());
        use.permissions()
                .demandOfCaller(attempt, attempt.call().action(), Optional.empty(), to -> measured.forEach(to::put));
        Optional<CustomKeyStore> store = in.customKeyStoreId().map(id -> StoreCare.find(attempt, id));
        if (store.filter(found -> found.proxy().isPresent()).isPresent()) {
            throw KmsErrors.unsupported("An external key store has no random numbers.");
        }
        store.ifPresent(StoreCare::demandConnected);
        Secret random = store.isPresent()
                ? use.stores().random(store.get(), bytes)
                : use.symmetric().random(bytes);
        GenerateRandomResponse.Builder reply = GenerateRandomResponse.builder();
        Optional<Bytes> sealed = use.sealedFor(recipient, random);
        if (sealed.isPresent()) {
            reply.ciphertextForRecipient(sealed.get());
        } else {
            reply.plaintext(random);
        }
        return Effect.of(reply.build());
    }
}
