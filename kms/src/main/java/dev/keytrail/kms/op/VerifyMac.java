package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.wire.shape.kms.VerifyMacRequest;
import dev.keytrail.wire.shape.kms.VerifyMacResponse;

/** VerifyMac: MacValid is only ever true; what does not verify is KMSInvalidMacException. */
final class VerifyMac {
    private final KeyUse use;

    VerifyMac(KeyUse use) {
        this.use = use;
    }

    Operation<VerifyMacRequest, VerifyMacResponse> row() {
        return Rows.reading(
                "VerifyMac",
                VerifyMacRequest.class,
                VerifyMacResponse.class,
                this::run,
                in -> Macs.shown(in.keyId(), in.macAlgorithm(), in.dryRun()));
    }

    private Effect<VerifyMacResponse> run(Attempt attempt, VerifyMacRequest in) {
        Key key = use.ready(attempt, in.keyId(), Macs.intent(attempt, in.macAlgorithm(), in.grantTokens()))
                .key();
        KeyUse.refuseDryRun(in.dryRun());
        boolean valid = use.hmac()
                .verify(
                        key.account(),
                        key.id(),
                        KeyUse.current(key).wrapped(),
                        Macs.scheme(in.macAlgorithm()),
                        in.message(),
                        in.mac());
        if (!valid) {
            throw KmsErrors.invalidMac();
        }
        return Effect.of(VerifyMacResponse.builder()
                .macValid(true)
                .macAlgorithm(in.macAlgorithm())
                .keyId(key.arn())
                .build());
    }
}
