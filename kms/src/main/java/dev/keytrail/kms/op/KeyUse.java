package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Facts;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.kms.RecipientInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** The steps that every use of a key's material goes through, in order. Thread-safe. */
final class KeyUse {
    static final String SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT";

    private final Permissions permissions;
    private final SymmetricKeys symmetric;

    KeyUse(Permissions permissions, SymmetricKeys symmetric) {
        this.permissions = permissions;
        this.symmetric = symmetric;
    }

    Permissions permissions() {
        return permissions;
    }

    SymmetricKeys symmetric() {
        return symmetric;
    }

    /** Finds a key that the caller may do this operation with, in a state, of a usage and spec that allow it. */
    Named ready(Attempt attempt, String keyId, Intent intent) {
        refuseGrantTokens(intent.grantTokens());
        Named named = Keyring.find(attempt, keyId, Accepts.ANY_NAME, intent.action());
        permissions.demand(attempt, named, intent.action(), intent);
        intent.demandFitting(named.key());
        return named;
    }

    static Material current(Key key) {
        return key.currentMaterial().orElseThrow(() -> new IllegalStateException("no current material: " + key.arn()));
    }

    static void refuseDryRun(Optional<Boolean> dryRun) {
        if (dryRun.orElse(false)) {
            throw KmsErrors.dryRun();
        }
    }

    /**
     * No grant exists, so no token can be one of ours. Asked before the key is looked for, so that the answer tells
     * nothing of another account's keys.
     */
    static void refuseGrantTokens(Optional<List<String>> tokens) {
        if (tokens.isPresent() && !tokens.get().isEmpty()) {
            throw KmsErrors.invalidGrantToken();
        }
    }

    /**
     * An attestation document that nothing here can verify must not be answered, least of all in plaintext (kms.md
     * section 21).
     */
    static void refuseRecipient(Optional<RecipientInfo> recipient) {
        if (recipient.isPresent()) {
            throw KmsErrors.invalid(
                    "Recipient is not supported: this service has no root to verify attestation documents against.");
        }
    }

    static Facts materialId(Material material) {
        return Facts.facts().put("keyMaterialId", material.id());
    }

    /** As sent: a parameter that the caller left out is left out of the event. */
    static void show(Facts facts, String name, Optional<Map<String, String>> context) {
        context.ifPresent(pairs -> facts.put(name, pairs));
    }

    static void showModifiers(Facts facts, Optional<List<String>> modifiers) {
        modifiers.ifPresent(all -> facts.putStrings("dryRunModifiers", all));
    }

    static void showDryRun(Facts facts, Optional<Boolean> dryRun) {
        dryRun.ifPresent(value -> facts.put("dryRun", value.booleanValue()));
    }

    /**
     * What a call wants to do with a key.
     *
     * @param action the IAM action, e.g. {@code kms:Encrypt}
     * @param operation the API's name, for the text about usage
     * @param onSameKey whether ReEncrypt's two keys are one; absent for other operations
     */
    record Intent(
            String action,
            String operation,
            String algorithm,
            EncryptionContext context,
            Optional<List<String>> grantTokens,
            Optional<Boolean> onSameKey)
            implements Consumer<ConditionContext.Builder> {
        Intent(Attempt attempt, String algorithm, EncryptionContext context, Optional<List<String>> grantTokens) {
            this(
                    attempt.call().action(),
                    attempt.call().operation(),
                    algorithm,
                    context,
                    grantTokens,
                    Optional.empty());
        }

        @Override
        public void accept(ConditionContext.Builder conditions) {
            conditions.put("kms:EncryptionAlgorithm", algorithm);
            context.describe(conditions);
            if (onSameKey.isPresent()) {
                conditions.put("kms:ReEncryptOnSameKey", onSameKey.get().booleanValue());
            }
        }

        Intent onSameKey(boolean same) {
            return new Intent(action, operation, algorithm, context, grantTokens, Optional.of(same));
        }

        /** State before usage before algorithm (kms.md section 3, steps 8 to 10). */
        void demandFitting(Key key) {
            StateRule.CRYPTOGRAPHY.demand(key);
            if (key.usage() != KeyUsage.ENCRYPT_DECRYPT) {
                throw KmsErrors.wrongUsage(key, operation);
            }
            if (!key.spec().algorithms(key.usage()).contains(algorithm)) {
                throw KmsErrors.wrongAlgorithm(algorithm, key.spec());
            }
        }
    }
}
