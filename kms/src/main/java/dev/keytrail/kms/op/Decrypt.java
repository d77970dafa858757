package dev.keytrail.kms.op;

import static dev.keytrail.kms.op.KeyUse.SYMMETRIC_DEFAULT;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.op.Ciphertexts.Given;
import dev.keytrail.kms.op.Ciphertexts.Source;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.kms.store.KeyStores.Opened;
import dev.keytrail.wire.shape.kms.DecryptRequest;
import dev.keytrail.wire.shape.kms.DecryptResponse;
import dev.keytrail.wire.shape.kms.DryRunModifierType;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import java.util.Optional;

/** Decrypt: a symmetric ciphertext tells its key, and a KeyId, when sent, must agree; for key pairs KeyId is needed. */
final class Decrypt {
    private final KeyUse use;
    private final Ciphertexts ciphertexts;

    Decrypt(KeyUse use) {
        this.use = use;
        this.ciphertexts = new Ciphertexts(use);
    }

    Operation<DecryptRequest, DecryptResponse> row() {
        return Rows.reading("Decrypt", DecryptRequest.class, DecryptResponse.class, this::run, Decrypt::shown);
    }

    private Effect<DecryptResponse> run(Attempt attempt, DecryptRequest in) {
        Given given = Given.of(in.ciphertextBlob(), in.keyId(), "KeyId", in.dryRun(), in.dryRunModifiers());
        Optional<Recipient> recipient = use.recipient(attempt, in.recipient());
        EncryptionContext context = KeyUse.context(in.encryptionContext(), algorithm(in));
        Intent intent = Recipient.describe(recipient, new Intent(attempt, algorithm(in), context, in.grantTokens()));

        Source source = ciphertexts.locate(attempt, given, intent);
        ciphertexts.permit(attempt, source, intent);
        intent.demandFitting(source.key());
        KeyUse.refuseDryRun(in.dryRun());

        Opened opened = ciphertexts.open(
                attempt, source, algorithm(in), in.ciphertextBlob().orElseThrow(), context);
        DecryptResponse.Builder reply = DecryptResponse.builder()
                .keyId(source.key().arn())
                .encryptionAlgorithm(EncryptionAlgorithmSpec.valueOf(algorithm(in)));
        Optional<Bytes> sealed = use.sealedFor(recipient, opened.plaintext());
        if (sealed.isPresent()) {
            return Effect.of(reply.ciphertextForRecipient(sealed.get()).build());
        }
        opened.material().ifPresent(material -> attempt.notes().additional(KeyUse.materialId(material)));
        return Effect.of(reply.plaintext(opened.plaintext())
                .keyMaterialId(opened.material().map(Material::id))
                .build());
    }

    private static String algorithm(DecryptRequest in) {
        return in.encryptionAlgorithm().map(EncryptionAlgorithmSpec::value).orElse(SYMMETRIC_DEFAULT);
    }

    private static Optional<Facts> shown(DecryptRequest in) {
        Facts facts = Facts.facts().put("encryptionAlgorithm", algorithm(in)).put("keyId", in.keyId());
        KeyUse.show(facts, "encryptionContext", in.encryptionContext());
        KeyUse.showDryRun(facts, in.dryRun());
        KeyUse.showModifiers(
                facts,
                in.dryRunModifiers()
                        .map(all -> all.stream().map(DryRunModifierType::value).toList()));
        return Rows.shown(facts);
    }
}
