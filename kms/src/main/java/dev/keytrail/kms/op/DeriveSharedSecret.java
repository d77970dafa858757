package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.wire.shape.kms.DeriveSharedSecretRequest;
import dev.keytrail.wire.shape.kms.DeriveSharedSecretResponse;
import dev.keytrail.wire.shape.kms.OriginType;
import java.util.Map;
import java.util.Optional;

/** DeriveSharedSecret: ECDH of a private key with somebody's public key on the same curve. */
final class DeriveSharedSecret {
    private final KeyUse use;

    DeriveSharedSecret(KeyUse use) {
        this.use = use;
    }

    Operation<DeriveSharedSecretRequest, DeriveSharedSecretResponse> row() {
        return Rows.reading(
                "DeriveSharedSecret",
                DeriveSharedSecretRequest.class,
                DeriveSharedSecretResponse.class,
                this::run,
                DeriveSharedSecret::shown);
    }

    private Effect<DeriveSharedSecretResponse> run(Attempt attempt, DeriveSharedSecretRequest in) {
        Optional<Recipient> recipient = use.recipient(attempt, in.recipient());
        String algorithm = in.keyAgreementAlgorithm().value();
        Intent intent = Recipient.describe(
                recipient,
                new Intent(
                        attempt,
                        KeyUsage.KEY_AGREEMENT,
                        algorithm,
                        Map.of("kms:KeyAgreementAlgorithm", algorithm),
                        in.grantTokens()));
        Key key = use.ready(attempt, in.keyId(), intent).key();
        Secret shared = agreed(key, in);
        DeriveSharedSecretResponse.Builder reply = DeriveSharedSecretResponse.builder()
                .keyId(key.arn())
                .keyAgreementAlgorithm(in.keyAgreementAlgorithm())
                .keyOrigin(OriginType.valueOf(key.origin().name()));
        Optional<Bytes> sealed = use.sealedFor(recipient, shared);
        if (sealed.isPresent()) {
            reply.ciphertextForRecipient(sealed.get());
        } else {
            reply.sharedSecret(shared);
        }
        return Effect.of(reply.build());
    }

    /** A dry run is to tell of a bad public key too, and only the agreement finds that out; its secret goes nowhere. */
    private Secret agreed(Key key, DeriveSharedSecretRequest in) {
        Secret shared = use.pairs().agree(key, in.publicKey()).orElseThrow(() -> KmsErrors.invalid(""));
        if (in.dryRun().orElse(false)) {
            shared.close();
            throw KmsErrors.dryRun();
        }
        return shared;
    }

    private static Optional<Facts> shown(DeriveSharedSecretRequest in) {
        Facts facts = Facts.facts()
                .put("keyId", in.keyId())
                .put("keyAgreementAlgorithm", in.keyAgreementAlgorithm().value());
        KeyUse.showDryRun(facts, in.dryRun());
        return Optional.of(facts);
    }
}
