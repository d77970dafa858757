package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.op.DataKeys.Made;
import dev.keytrail.kms.op.DataKeys.Wanted;
import dev.keytrail.wire.shape.kms.GenerateDataKeyRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyResponse;
import java.util.Optional;

/** GenerateDataKey: a random key of 1 to 1024 bytes, in plain and sealed. */
final class GenerateDataKey {
    private final KeyUse use;
    private final DataKeys dataKeys;

    GenerateDataKey(KeyUse use) {
        this.use = use;
        this.dataKeys = new DataKeys(use);
    }

    Operation<GenerateDataKeyRequest, GenerateDataKeyResponse> row() {
        return Rows.reading(
                "GenerateDataKey",
                GenerateDataKeyRequest.class,
                GenerateDataKeyResponse.class,
                this::run,
                in -> wanted(in).shown());
    }

    private Effect<GenerateDataKeyResponse> run(Attempt attempt, GenerateDataKeyRequest in) {
        Optional<Recipient> recipient = use.recipient(attempt, in.recipient());
        Made made = dataKeys.make(attempt, wanted(in), recipient);
        GenerateDataKeyResponse.Builder reply = GenerateDataKeyResponse.builder()
                .ciphertextBlob(made.ciphertext())
                .keyId(made.key().arn());
        Optional<Bytes> sealed = use.sealedFor(recipient, made.plaintext());
        if (sealed.isPresent()) {
            reply.ciphertextForRecipient(sealed.get());
        } else {
            reply.plaintext(made.plaintext()).keyMaterialId(made.material().map(Material::id));
        }
        return made.named().settled(Effect.of(reply.build()));
    }

    private static Wanted wanted(GenerateDataKeyRequest in) {
        return new Wanted(
                in.keyId(), in.keySpec(), in.numberOfBytes(), in.encryptionContext(), in.grantTokens(), in.dryRun());
    }
}
