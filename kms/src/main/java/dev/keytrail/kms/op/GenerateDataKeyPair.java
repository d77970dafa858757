package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.op.DataKeyPairs.Made;
import dev.keytrail.kms.op.DataKeyPairs.Wanted;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairRequest;
import dev.keytrail.wire.shape.kms.GenerateDataKeyPairResponse;
import java.util.Optional;

/** GenerateDataKeyPair: a fresh key pair, its private key (PKCS#8 in DER) in plain and sealed. */
final class GenerateDataKeyPair {
    private final KeyUse use;
    private final DataKeyPairs dataKeyPairs;

    GenerateDataKeyPair(KeyUse use) {
        this.use = use;
        this.dataKeyPairs = new DataKeyPairs(use);
    }

    Operation<GenerateDataKeyPairRequest, GenerateDataKeyPairResponse> row() {
        return Rows.reading(
                "GenerateDataKeyPair",
                GenerateDataKeyPairRequest.class,
                GenerateDataKeyPairResponse.class,
                this::run,
                in -> wanted(in).shown());
    }

    private Effect<GenerateDataKeyPairResponse> run(Attempt attempt, GenerateDataKeyPairRequest in) {
        Optional<Recipient> recipient = use.recipient(attempt, in.recipient());
        Made made = dataKeyPairs.make(attempt, wanted(in), recipient);
        GenerateDataKeyPairResponse.Builder reply = GenerateDataKeyPairResponse.builder()
                .privateKeyCiphertextBlob(made.privateKeyCiphertext())
                .publicKey(made.pair().publicKey())
                .keyId(made.key().arn())
                .keyPairSpec(in.keyPairSpec())
                .keyMaterialId(made.material().id());
        Optional<Bytes> sealed = use.sealedFor(recipient, made.pair().privateKey());
        if (sealed.isPresent()) {
            reply.ciphertextForRecipient(sealed.get());
        } else {
            reply.privateKeyPlaintext(made.pair().privateKey());
        }
        return Effect.of(reply.build());
    }

    private static Wanted wanted(GenerateDataKeyPairRequest in) {
        return new Wanted(in.keyId(), in.keyPairSpec(), in.encryptionContext(), in.grantTokens(), in.dryRun());
    }
}
