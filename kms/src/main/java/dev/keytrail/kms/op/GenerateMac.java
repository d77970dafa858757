package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.GenerateMacRequest;
import dev.keytrail.wire.shape.kms.GenerateMacResponse;

/** GenerateMac: the HMAC of a message, as long as the digest. */
final class GenerateMac {
    private final KeyUse use;

    GenerateMac(KeyUse use) {
        this.use = use;
    }

    Operation<GenerateMacRequest, GenerateMacResponse> row() {
        return Rows.reading(
                "GenerateMac",
                GenerateMacRequest.class,
                GenerateMacResponse.class,
                this::run,
                in -> Macs.shown(in.keyId(), in.macAlgorithm(), in.dryRun()));
    }

    private Effect<GenerateMacResponse> run(Attempt attempt, GenerateMacRequest in) {
        Key key = use.ready(attempt, in.keyId(), Macs.intent(attempt, in.macAlgorithm(), in.grantTokens()))
                .key();
        KeyUse.refuseDryRun(in.dryRun());
        Bytes mac = use.hmac()
                .mac(
                        key.account(),
                        key.id(),
                        KeyUse.current(key).wrapped(),
                        Macs.scheme(in.macAlgorithm()),
                        in.message());
        return Effect.of(GenerateMacResponse.builder()
                .mac(mac)
                .macAlgorithm(in.macAlgorithm())
                .keyId(key.arn())
                .build());
    }
}
