package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyPairs;
import dev.keytrail.kms.key.KeySpec.Kind;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.wire.shape.kms.GetPublicKeyRequest;
import dev.keytrail.wire.shape.kms.GetPublicKeyResponse;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import java.util.Optional;

/** GetPublicKey: a key pair's SubjectPublicKeyInfo in DER, and what it is good for. */
final class GetPublicKey {
    private final KeyUse use;

    GetPublicKey(KeyUse use) {
        this.use = use;
    }

    Operation<GetPublicKeyRequest, GetPublicKeyResponse> row() {
        return Rows.reading(
                "GetPublicKey",
                GetPublicKeyRequest.class,
                GetPublicKeyResponse.class,
                this::run,
                in -> KeyCare.shown(in.keyId()));
    }

    private Effect<GetPublicKeyResponse> run(Attempt attempt, GetPublicKeyRequest in) {
        Key key = use.permitted(attempt, in.keyId(), Intent.looking(attempt, in.grantTokens()))
                .key();
        if (key.spec().kind() != Kind.ASYMMETRIC) {
            throw KmsErrors.unsupported(
                    key.arn() + " key spec is " + key.spec() + " which is not valid for GetPublicKey.");
        }
        GetPublicKeyResponse.Builder reply = GetPublicKeyResponse.builder()
                .keyId(key.arn())
                .publicKey(KeyPairs.publicKey(key))
                .keySpec(KeySpec.valueOf(key.spec().name()))
                .customerMasterKeySpec(Metadata.oldSpec(key))
                .keyUsage(KeyUsageType.valueOf(key.usage().name()));
        return Effect.of(algorithms(reply, key).build());
    }

    private static GetPublicKeyResponse.Builder algorithms(GetPublicKeyResponse.Builder reply, Key key) {
        var shown = Metadata.of(key, Optional.empty());
        return reply.encryptionAlgorithms(shown.encryptionAlgorithms())
                .signingAlgorithms(shown.signingAlgorithms())
                .keyAgreementAlgorithms(shown.keyAgreementAlgorithms())
                .encapsulationAlgorithms(shown.encapsulationAlgorithms());
    }
}
