package dev.keytrail.kms.op;

import static dev.keytrail.kms.op.KeyUse.SYMMETRIC_DEFAULT;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.op.Ciphertexts.Given;
import dev.keytrail.kms.op.Ciphertexts.Source;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.kms.store.KeyStores.Opened;
import dev.keytrail.kms.store.KeyStores.Sealed;
import dev.keytrail.wire.shape.kms.DryRunModifierType;
import dev.keytrail.wire.shape.kms.EncryptionAlgorithmSpec;
import dev.keytrail.wire.shape.kms.ReEncryptRequest;
import dev.keytrail.wire.shape.kms.ReEncryptResponse;
import java.util.Map;
import java.util.Optional;

/** ReEncrypt: opens under one key and seals under another; the plaintext lives only in between. */
final class ReEncrypt {
    private static final String NAME = "ReEncrypt";
    private static final String FROM = "kms:ReEncryptFrom";
    private static final String TO = "kms:ReEncryptTo";

    private final KeyUse use;
    private final Ciphertexts ciphertexts;
    private final Sealer sealer;

    ReEncrypt(KeyUse use) {
        this.use = use;
        this.ciphertexts = new Ciphertexts(use);
        this.sealer = new Sealer(use);
    }

    Operation<ReEncryptRequest, ReEncryptResponse> row() {
        return Rows.reading(NAME, ReEncryptRequest.class, ReEncryptResponse.class, this::run, ReEncrypt::shown);
    }

    private Effect<ReEncryptResponse> run(Attempt attempt, ReEncryptRequest in) {
        Given given = Given.of(in.ciphertextBlob(), in.sourceKeyId(), "SourceKeyId", in.dryRun(), in.dryRunModifiers());
        String oldAlgorithm = algorithm(in.sourceEncryptionAlgorithm());
        String newAlgorithm = algorithm(in.destinationEncryptionAlgorithm());
        EncryptionContext oldContext = KeyUse.context(in.sourceEncryptionContext(), oldAlgorithm);
        EncryptionContext newContext = KeyUse.context(in.destinationEncryptionContext(), newAlgorithm);
        Intent from = intent(FROM, oldAlgorithm, oldContext, in);
        Intent to = intent(TO, newAlgorithm, newContext, in);

        Source source = ciphertexts.locate(attempt, given, from);
        Named destination = destination(attempt, in, source, from);
        boolean sameKey = source.key().arn().equals(destination.key().arn());
        ciphertexts.permit(attempt, source, from.onSameKey(sameKey));
        use.permissions().demand(attempt, destination, TO, to.onSameKey(sameKey));
        from.demandFitting(source.key());
        to.demandFitting(destination.key());
        KeyUse.refuseDryRun(in.dryRun());

        Opened opened = ciphertexts.open(
                attempt, source, oldAlgorithm, in.ciphertextBlob().orElseThrow(), oldContext);
        Sealed sealed;
        try (Secret plaintext = opened.plaintext()) {
            Sealer.demandRoom(destination.key(), newAlgorithm, plaintext);
            sealed = sealer.seal(attempt, destination.key(), newAlgorithm, plaintext, newContext);
        }
        Optional<String> oldMaterial = opened.material().map(Material::id);
        Optional<String> newMaterial = sealed.material().map(Material::id);
        note(attempt, source.key(), oldMaterial, destination.key(), newMaterial);
        return Effect.of(ReEncryptResponse.builder()
                .ciphertextBlob(sealed.blob())
                .sourceKeyId(source.key().arn())
                .keyId(destination.key().arn())
                .sourceEncryptionAlgorithm(EncryptionAlgorithmSpec.valueOf(oldAlgorithm))
                .destinationEncryptionAlgorithm(EncryptionAlgorithmSpec.valueOf(newAlgorithm))
                .sourceKeyMaterialId(oldMaterial)
                .destinationKeyMaterialId(newMaterial)
                .build());
    }

    private static void note(
            Attempt attempt, Key source, Optional<String> oldMaterial, Key destination, Optional<String> newMaterial) {
        Facts additional =
                Facts.facts().put("destinationKeyMaterialId", newMaterial).put("sourceKeyMaterialId", oldMaterial);
        destination
                .backing()
                .ifPresent(backing -> additional
                        .put("destinationCustomKeyStoreId", backing.storeId())
                        .put("destinationXksKeyId", backing.externalKeyId()));
        source.backing()
                .ifPresent(backing -> additional
                        .put("sourceCustomKeyStoreId", backing.storeId())
                        .put("sourceXksKeyId", backing.externalKeyId()));
        if (!additional.isEmpty()) {
            attempt.notes().additional(additional);
        }
    }

    /** Its refusal waits for the source's: which of the two comes first would tell whether the source's key exists. */
    private Named destination(Attempt attempt, ReEncryptRequest in, Source source, Intent from) {
        try {
            return Keyring.find(attempt, in.destinationKeyId(), Accepts.ANY_NAME, TO);
        } catch (Refused refused) {
            ciphertexts.permit(attempt, source, from.onSameKey(false));
            throw refused;
        }
    }

    private static Intent intent(String action, String algorithm, EncryptionContext context, ReEncryptRequest in) {
        return new Intent(
                action,
                NAME,
                Optional.of(KeyUsage.ENCRYPT_DECRYPT),
                algorithm,
                context,
                Map.of(),
                in.grantTokens(),
                Optional.empty());
    }

    private static String algorithm(Optional<EncryptionAlgorithmSpec> given) {
        return given.map(EncryptionAlgorithmSpec::value).orElse(SYMMETRIC_DEFAULT);
    }

    private static Optional<Facts> shown(ReEncryptRequest in) {
        Facts facts = Facts.facts().put("sourceEncryptionAlgorithm", algorithm(in.sourceEncryptionAlgorithm()));
        KeyUse.show(facts, "sourceEncryptionContext", in.sourceEncryptionContext());
        facts.put("sourceKeyId", in.sourceKeyId())
                .put("destinationKeyId", in.destinationKeyId())
                .put("destinationEncryptionAlgorithm", algorithm(in.destinationEncryptionAlgorithm()));
        KeyUse.show(facts, "destinationEncryptionContext", in.destinationEncryptionContext());
        KeyUse.showDryRun(facts, in.dryRun());
        KeyUse.showModifiers(
                facts,
                in.dryRunModifiers()
                        .map(all -> all.stream().map(DryRunModifierType::value).toList()));
        return Rows.shown(facts);
    }
}
