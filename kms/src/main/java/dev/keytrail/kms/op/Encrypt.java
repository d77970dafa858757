package dev.keytrail.kms.op;

import static dev.keytrail.kms.op.KeyUse.SYMMETRIC_DEFAULT;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.kms.store.KeyStores.Sealed;
import dev.keytrail.wire.shape.kms.EncryptRequest;
import dev.keytrail.wire.shape.kms.EncryptResponse;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import java.util.Optional;

/** Encrypt: at most 4096 bytes (checked on the wire) under a key's current material, fewer with a public key. */
final class Encrypt {
    private final KeyUse use;
    private final Sealer sealer;

    Encrypt(KeyUse use) {
        this.use = use;
        this.sealer = new Sealer(use);
    }

    Operation<EncryptRequest, EncryptResponse> row() {
        return Rows.reading("Encrypt", EncryptRequest.class, EncryptResponse.class, this::run, Encrypt::shown);
    }

    private Effect<EncryptResponse> run(Attempt attempt, EncryptRequest in) {
        EncryptionContext context = KeyUse.context(in.encryptionContext(), algorithm(in));
        Named named =
                use.readyToSeal(attempt, in.keyId(), new Intent(attempt, algorithm(in), context, in.grantTokens()));
        Key key = named.key();
        Sealer.demandRoom(key, algorithm(in), in.plaintext());
        KeyUse.refuseDryRun(in.dryRun());
        Sealed sealed = sealer.seal(attempt, key, algorithm(in), in.plaintext(), context);
        sealed.material().ifPresent(material -> attempt.notes().additional(KeyUse.materialId(material)));
        return named.settled(Effect.of(EncryptResponse.builder()
                .ciphertextBlob(sealed.blob())
                .keyId(key.arn())
                .encryptionAlgorithm(EncryptionAlgorithmSpec.valueOf(algorithm(in)))
                .build()));
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
