package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.ImportTokens;
import dev.keytrail.kms.key.ImportTokens.Wrapping;
import dev.keytrail.kms.key.Imports;
import dev.keytrail.kms.key.Imports.Arrival;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material.Imported;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.Rotations;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.ExpirationModelType;
import dev.keytrail.wire.shape.kms.ImportKeyMaterialRequest;
import dev.keytrail.wire.shape.kms.ImportKeyMaterialResponse;
import dev.keytrail.wire.shape.kms.ImportType;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** ImportKeyMaterial: a key's first material makes it usable; further material waits for RotateKeyOnDemand. */
final class ImportKeyMaterial {
    private static final Duration VALIDITY_MAX = Duration.ofDays(365);

    private final KeyCare care;
    private final Crypto crypto;
    private final Materials materials;
    private final ImportTokens tokens;

    ImportKeyMaterial(KeyCare care, Crypto crypto, Materials materials) {
        this.care = care;
        this.crypto = crypto;
        this.materials = materials;
        this.tokens = new ImportTokens(crypto.vault());
    }

    Operation<ImportKeyMaterialRequest, ImportKeyMaterialResponse> row() {
        return Rows.changing(
                "ImportKeyMaterial",
                ImportKeyMaterialRequest.class,
                ImportKeyMaterialResponse.class,
                this::run,
                ImportKeyMaterial::shown);
    }

    private Effect<ImportKeyMaterialResponse> run(Attempt attempt, ImportKeyMaterialRequest in) {
        Instant now = Times.of(attempt.call());
        demandExpiration(in, now);
        if (in.keyMaterialId().isPresent() && in.importType().equals(Optional.of(ImportType.NEW_KEY_MATERIAL))) {
            throw KmsErrors.invalid("KeyMaterialId cannot be specified when ImportType is NEW_KEY_MATERIAL.");
        }
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY, to -> {
            to.put("kms:ExpirationModel", model(in).value());
            to.put("kms:ValidTo", in.validTo().map(Instant::toString));
        });
        ImportRules.demand(key, StateRule.IMPORTING);
        boolean symmetric = key.spec() == KeySpec.SYMMETRIC_DEFAULT;
        if (in.importType().isPresent() && !symmetric) {
            throw KmsErrors.invalid("ImportType is valid only for symmetric encryption keys.");
        }
        Arrival arrival;
        try (Secret content = unwrap(in, key, now)) {
            arrival = arrival(in, key, content);
        }
        if (in.keyMaterialId().filter(id -> !id.equals(arrival.wrapped().id())).isPresent()) {
            throw KmsErrors.incorrectMaterial("The key material is not the one that KeyMaterialId names.");
        }
        Optional<String> id = Optional.of(arrival.wrapped().id()).filter(x -> symmetric);
        boolean added = key.material(arrival.wrapped().id()).isEmpty();
        return Effect.of(
                        ImportKeyMaterialResponse.builder()
                                .keyId(key.arn())
                                .keyMaterialId(id)
                                .build(),
                        Imports.accept(attempt.state(), key, arrival))
                .showing(Rows.keyArn(key.arn()).put("keyMaterialId", id))
                .andThen(added ? Rotations.synchronised(attempt.state(), key) : List.of());
    }

    private static void demandExpiration(ImportKeyMaterialRequest in, Instant now) {
        if (model(in) == ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE) {
            if (in.validTo().isPresent()) {
                throw KmsErrors.invalid(
                        "A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE");
            }
            return;
        }
        Instant validTo = in.validTo()
                .orElseThrow(() ->
                        KmsErrors.invalid("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"));
        if (!validTo.isAfter(now) || validTo.isAfter(now.plus(VALIDITY_MAX))) {
            throw KmsErrors.invalid("The validTo date must be in the future, at most 365 days from now.");
        }
    }

    /** The taker closes it. */
    private Secret unwrap(ImportKeyMaterialRequest in, Key key, Instant now) {
        Wrapping wrapping = tokens.read(in.importToken(), key, now);
        try {
            return crypto.asymmetric()
                    .unwrap(wrapping.pair(), wrapping.scheme(), in.encryptedKeyMaterial())
                    .orElseThrow(KmsErrors::invalidCiphertext);
        } finally {
            crypto.asymmetric().forget(wrapping.pair());
        }
    }

    private Arrival arrival(ImportKeyMaterialRequest in, Key key, Secret content) {
        Materials.Made made = materials
                .wrap(key.account(), key.id(), key.spec(), content)
                .orElseThrow(() -> KmsErrors.incorrectMaterial(
                        "The key material is not valid for a key of spec " + key.spec() + "."));
        boolean first = key.materials().isEmpty();
        // Other kinds have one material for ever: whether it is there tells what an import is.
        boolean asNew = in.importType().map(ImportType.NEW_KEY_MATERIAL::equals).orElse(first);
        Imported said = new Imported(in.validTo(), in.keyMaterialDescription().orElse(""));
        return new Arrival(made.material().wrapped(), made.publicKey(), said, asNew);
    }

    private static ExpirationModelType model(ImportKeyMaterialRequest in) {
        return in.expirationModel().orElse(ExpirationModelType.KEY_MATERIAL_EXPIRES);
    }

    private static Optional<Facts> shown(ImportKeyMaterialRequest in) {
        Facts facts = Facts.facts().put("keyId", in.keyId());
        in.validTo().ifPresent(date -> facts.put("validTo", date));
        return Optional.of(facts.put("expirationModel", in.expirationModel().map(ExpirationModelType::value))
                .put("importType", in.importType().map(ImportType::value))
                .put("keyMaterialDescription", in.keyMaterialDescription())
                .put("keyMaterialId", in.keyMaterialId()));
    }
}
