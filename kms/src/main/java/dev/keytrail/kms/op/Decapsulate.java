package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.wire.shape.kms.DecapsulateRequest;
import dev.keytrail.wire.shape.kms.DecapsulateResponse;

/** Decapsulate: never says that a ciphertext was wrong (implicit rejection), but for its length, which all can see. */
final class Decapsulate {
    private final KeyUse use;

    Decapsulate(KeyUse use) {
        this.use = use;
    }

    Operation<DecapsulateRequest, DecapsulateResponse> row() {
        return Rows.reading(
                "Decapsulate",
                DecapsulateRequest.class,
                DecapsulateResponse.class,
                this::run,
                in -> Encapsulation.shown(in.keyId(), in.encapsulationAlgorithm(), in.dryRun()));
    }

    private Effect<DecapsulateResponse> run(Attempt attempt, DecapsulateRequest in) {
        Key key = use.ready(
                        attempt,
                        in.keyId(),
                        Encapsulation.intent(attempt, in.encapsulationAlgorithm(), in.grantTokens()))
                .key();
        KeyUse.refuseDryRun(in.dryRun());
        Secret shared =
                use.pairs().decapsulate(key, in.sharedSecretCiphertextBlob()).orElseThrow(KmsErrors::invalidCiphertext);
        return Effect.of(DecapsulateResponse.builder()
                .keyId(key.arn())
                .sharedSecret(shared)
                .encapsulationAlgorithm(in.encapsulationAlgorithm())
                .build());
    }
}
