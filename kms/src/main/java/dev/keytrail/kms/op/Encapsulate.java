package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.crypto.Encapsulated;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.EncapsulateRequest;
import dev.keytrail.wire.shape.kms.EncapsulateResponse;

/** Encapsulate: a fresh shared secret of 32 bytes, and the ciphertext that carries it to the key. */
final class Encapsulate {
    private final KeyUse use;

    Encapsulate(KeyUse use) {
        this.use = use;
    }

    Operation<EncapsulateRequest, EncapsulateResponse> row() {
        return Rows.reading(
                "Encapsulate",
                EncapsulateRequest.class,
                EncapsulateResponse.class,
                this::run,
                in -> Encapsulation.shown(in.keyId(), in.encapsulationAlgorithm(), in.dryRun()));
    }

    private Effect<EncapsulateResponse> run(Attempt attempt, EncapsulateRequest in) {
        Key key = use.ready(
                        attempt,
                        in.keyId(),
                        Encapsulation.intent(attempt, in.encapsulationAlgorithm(), in.grantTokens()))
                .key();
        KeyUse.refuseDryRun(in.dryRun());
        Encapsulated made = use.pairs().encapsulate(key);
        return Effect.of(EncapsulateResponse.builder()
                .keyId(key.arn())
                .sharedSecret(made.sharedSecret())
                .sharedSecretCiphertextBlob(made.ciphertext())
                .encapsulationAlgorithm(in.encapsulationAlgorithm())
                .build());
    }
}
