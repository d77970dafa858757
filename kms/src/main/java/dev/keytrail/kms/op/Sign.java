package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.op.Signing.Subject;
import dev.keytrail.wire.shape.kms.SignRequest;
import dev.keytrail.wire.shape.kms.SignResponse;
import java.util.Optional;

/** Sign: a message, its digest, or ML-DSA's mu, with a private key. ECDSA signatures are DER. */
final class Sign {
    private final KeyUse use;

    Sign(KeyUse use) {
        this.use = use;
    }

    Operation<SignRequest, SignResponse> row() {
        return Rows.reading("Sign", SignRequest.class, SignResponse.class, this::run, Sign::shown);
    }

    private Effect<SignResponse> run(Attempt attempt, SignRequest in) {
        Subject subject = Subject.of(in.message(), in.messageType(), in.signingAlgorithm());
        Key key = use.ready(attempt, in.keyId(), subject.intent(attempt, in.grantTokens()))
                .key();
        subject.demandMessage(key);
        KeyUse.refuseDryRun(in.dryRun());
        Bytes signature = use.pairs().sign(key, subject.scheme(), subject.form(), in.message());
        return Effect.of(SignResponse.builder()
                .keyId(key.arn())
                .signature(signature)
                .signingAlgorithm(in.signingAlgorithm())
                .build());
    }

    private static Optional<Facts> shown(SignRequest in) {
        return Signing.shown(in.keyId(), in.messageType(), in.signingAlgorithm(), in.dryRun());
    }
}
