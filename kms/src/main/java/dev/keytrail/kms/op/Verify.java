package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.op.Signing.Subject;
import dev.keytrail.wire.shape.kms.VerifyRequest;
import dev.keytrail.wire.shape.kms.VerifyResponse;
import java.util.Optional;

/** Verify: SignatureValid is only ever true; what does not verify is KMSInvalidSignatureException. */
final class Verify {
    private final KeyUse use;

    Verify(KeyUse use) {
        this.use = use;
    }

    Operation<VerifyRequest, VerifyResponse> row() {
        return Rows.reading("Verify", VerifyRequest.class, VerifyResponse.class, this::run, Verify::shown);
    }

    private Effect<VerifyResponse> run(Attempt attempt, VerifyRequest in) {
        Subject subject = Subject.of(in.message(), in.messageType(), in.signingAlgorithm());
        Key key = use.ready(attempt, in.keyId(), subject.intent(attempt, in.grantTokens()))
                .key();
        subject.demandMessage(key);
        KeyUse.refuseDryRun(in.dryRun());
        if (!use.pairs().verify(key, subject.scheme(), subject.form(), in.message(), in.signature())) {
            throw KmsErrors.invalidSignature();
        }
        return Effect.of(VerifyResponse.builder()
                .keyId(key.arn())
                .signatureValid(true)
                .signingAlgorithm(in.signingAlgorithm())
                .build());
    }

    private static Optional<Facts> shown(VerifyRequest in) {
        return Signing.shown(in.keyId(), in.messageType(), in.signingAlgorithm(), in.dryRun());
    }
}
