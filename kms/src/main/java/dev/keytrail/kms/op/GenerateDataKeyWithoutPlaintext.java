package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.op.DataKeys.Made;
import dev.keytrail.kms.op.DataKeys.Wanted;
import dev.keytrail.wire.shape.kms.GenerateDataKeyWithoutPlaintextRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyWithoutPlaintextResponse;
import java.util.Optional;

/** GenerateDataKeyWithoutPlaintext: the same key, sealed only; the plain one is zeroed here. */
final class GenerateDataKeyWithoutPlaintext {
    private final DataKeys dataKeys;

    GenerateDataKeyWithoutPlaintext(KeyUse use) {
        this.dataKeys = new DataKeys(use);
    }

    Operation<GenerateDataKeyWithoutPlaintextRequest, GenerateDataKeyWithoutPlaintextResponse> row() {
        return Rows.reading(
                "GenerateDataKeyWithoutPlaintext",
                GenerateDataKeyWithoutPlaintextRequest.class,
                GenerateDataKeyWithoutPlaintextResponse.class,
                this::run,
                in -> wanted(in).shown());
    }

    private Effect<GenerateDataKeyWithoutPlaintextResponse> run(
            Attempt attempt, GenerateDataKeyWithoutPlaintextRequest in) {
        Made made = dataKeys.make(attempt, wanted(in), Optional.empty());
        made.plaintext().close();
        return made.named()
                .settled(Effect.of(GenerateDataKeyWithoutPlaintextResponse.builder()
                        .ciphertextBlob(made.ciphertext())
                        .keyId(made.key().arn())
                        .keyMaterialId(made.material().map(Material::id))
                        .build()));
    }

    private static Wanted wanted(GenerateDataKeyWithoutPlaintextRequest in) {
        return new Wanted(
                in.keyId(), in.keySpec(), in.numberOfBytes(), in.encryptionContext(), in.grantTokens(), in.dryRun());
    }
}
