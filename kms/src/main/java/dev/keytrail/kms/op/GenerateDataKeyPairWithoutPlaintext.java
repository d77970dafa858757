package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.op.DataKeyPairs.Made;
import dev.keytrail.kms.op.DataKeyPairs.Wanted;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairWithoutPlaintextResponse;
import java.util.Optional;

/** GenerateDataKeyPairWithoutPlaintext: the private key sealed only, for whoever may decrypt it later. */
final class GenerateDataKeyPairWithoutPlaintext {
    private final DataKeyPairs dataKeyPairs;

    GenerateDataKeyPairWithoutPlaintext(KeyUse use) {
        this.dataKeyPairs = new DataKeyPairs(use);
    }

    Operation<GenerateDataKeyPairWithoutPlaintextRequest, GenerateDataKeyPairWithoutPlaintextResponse> row() {
        return Rows.reading(
                "GenerateDataKeyPairWithoutPlaintext",
                GenerateDataKeyPairWithoutPlaintextRequest.class,
                GenerateDataKeyPairWithoutPlaintextResponse.class,
                this::run,
                in -> wanted(in).shown());
    }

    private Effect<GenerateDataKeyPairWithoutPlaintextResponse> run(
            Attempt attempt, GenerateDataKeyPairWithoutPlaintextRequest in) {
        Made made = dataKeyPairs.make(attempt, wanted(in), Optional.empty());
        try (Secret unseen = made.pair().privateKey()) {
            return Effect.of(GenerateDataKeyPairWithoutPlaintextResponse.builder()
                    .privateKeyCiphertextBlob(made.privateKeyCiphertext())
                    .publicKey(made.pair().publicKey())
                    .keyId(made.key().arn())
                    .keyPairSpec(in.keyPairSpec())
                    .keyMaterialId(made.material().id())
                    .build());
        }
    }

    private static Wanted wanted(GenerateDataKeyPairWithoutPlaintextRequest in) {
        return new Wanted(in.keyId(), in.keyPairSpec(), in.encryptionContext(), in.grantTokens(), in.dryRun());
    }
}
