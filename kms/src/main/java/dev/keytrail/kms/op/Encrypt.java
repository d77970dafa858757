package dev.keytrail.kms.op;

import static dev.keytrail.kms.op.KeyUse.SYMMETRIC_DEFAULT;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import java.util.Optional;

/** Encrypt: a plaintext of at most 4096 bytes (checked on the wire) under a key's current material. */
final class Encrypt {
    private final KeyUse use;

    Encrypt(KeyUse use) {
        this.use = use;
    }

    Operation<EncryptRequest, EncryptResponse> row() {
        return Rows.reading("Encrypt", EncryptRequest.class, EncryptResponse.class, this::run, Encrypt::shown);
    }

    private Effect<EncryptResponse> run(Attempt attempt, EncryptRequest in) {
        EncryptionContext context = EncryptionContext.of(in.encryptionContext());
        Key key = use.ready(attempt, in.keyId(), new Intent(attempt, algorithm(in), context, in.grantTokens()))
                .key();
        KeyUse.refuseDryRun(in.dryRun());
        Material material = KeyUse.current(key);
        Bytes blob = use.symmetric().seal(key.account(), key.id(), material.wrapped(), in.plaintext(), context.pairs());
        attempt.notes().additional(KeyUse.materialId(material));
        return Effect.of(EncryptResponse.builder()
                .ciphertextBlob(blob)
                .keyId(key.arn())
                .encryptionAlgorithm(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)
                .build());
    }

    private static String algorithm(EncryptRequest in) {
        return in.encryptionAlgorithm().map(EncryptionAlgorithmSpec::value).orElse(SYMMETRIC_DEFAULT);
    }

    private static Optional<Facts> shown(EncryptRequest in) {
        Facts facts = Facts.facts();
        KeyUse.show(facts, "encryptionContext", in.encryptionContext());
        facts.put("keyId", in.keyId()).put("encryptionAlgorithm", algorithm(in));
        KeyUse.showDryRun(facts, in.dryRun());
        return Rows.shown(facts);
    }
}
