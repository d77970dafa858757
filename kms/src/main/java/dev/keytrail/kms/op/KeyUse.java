package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.HmacKeys;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.kms.key.Circumstances;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.GrantTokens;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyPairs;
import dev.keytrail.kms.key.KeyUsage;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.wire.shape.kms.RecipientInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The steps that every use of a key's material goes through, in order. Thread-safe. */
final class KeyUse {
    static final String SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT";

    private final Permissions permissions;
    private final Crypto crypto;
    private final KeyStores stores;
    private final GrantTokens tokens;
    private final ManagedKeys managed;

    KeyUse(Permissions permissions, Crypto crypto, KeyStores stores, ManagedKeys managed) {
        this.permissions = permissions;
        this.crypto = crypto;
        this.stores = stores;
        this.managed = managed;
        this.tokens = new GrantTokens(crypto.vault());
    }

    Permissions permissions() {
        return permissions;
    }

    GrantTokens tokens() {
        return tokens;
    }

    KeyStores stores() {
        return stores;
    }

    SymmetricKeys symmetric() {
        return crypto.symmetric();
    }

    HmacKeys hmac() {
        return crypto.hmac();
    }

    ManagedKeys managed() {
        return managed;
    }

    KeyPairs pairs() {
        return crypto.pairs();
    }

    /** Finds a key that the caller may do this operation with, in a state, of a usage and spec that allow it. */
    Named ready(Attempt attempt, String keyId, Intent intent) {
        Named named = permitted(attempt, keyId, intent);
        intent.demandFitting(named.key());
        return named;
    }

    /** The same to encrypt with it: a service's own key is made when its alias is first used. */
    Named readyToSeal(Attempt attempt, String keyId, Intent intent) {
        demandGenuineTokens(intent.grantTokens());
        Named named = managed.findForService(attempt, keyId, intent.action());
        permissions.demand(attempt, named, intent.action(), intent);
        intent.demandFitting(named.key());
        return named;
    }

    /** The same as far as the key's state: what it can do is for the caller to see. */
    Named permitted(Attempt attempt, String keyId, Intent intent) {
        demandGenuineTokens(intent.grantTokens());
        Named named = Keyring.find(attempt, keyId, Accepts.ANY_NAME, intent.action());
        permissions.demand(attempt, named, intent.action(), intent);
        StateRule.CRYPTOGRAPHY.demand(named.key());
        return named;
    }

    /** @throws dev.keytrail.call.Refused ValidationException: only symmetric encryption can bind a context */
    static EncryptionContext context(Optional<Map<String, String>> given, String algorithm) {
        EncryptionContext context = EncryptionContext.of(given);
        if (!context.pairs().isEmpty() && !algorithm.equals(SYMMETRIC_DEFAULT)) {
            throw KmsErrors.invalid("EncryptionContext cannot be used with the algorithm " + algorithm + ".");
        }
        return context;
    }

    static Material current(Key key) {
        return key.currentMaterial().orElseThrow(() -> new IllegalStateException("no current material: " + key.arn()));
    }

    static void refuseDryRun(Optional<Boolean> dryRun) {
        if (dryRun.orElse(false)) {
            throw KmsErrors.dryRun();
        }
    }

    /** Asked before the key is looked for, so that the answer tells nothing of another account's keys. */
    void demandGenuineTokens(Optional<List<String>> given) {
        tokens.demandGenuine(given);
    }

    /** @throws dev.keytrail.call.Refused ValidationException: not genuine */
    Optional<Recipient> recipient(Attempt attempt, Optional<RecipientInfo> sent) {
        return Recipient.of(attempt, sent, crypto);
    }

    /** For the recipient alone; the secret is taken. Empty when there is none, and the secret stays as it is. */
    Optional<Bytes> sealedFor(Optional<Recipient> recipient, Secret secret) {
        return recipient.map(one -> one.seal(secret, crypto));
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
     * @param usage what the key must be for; absent when any will do
     * @param algorithm what the key must be able to do; empty text when that is not asked
     * @param conditions the condition keys of this operation alone, with their values
     * @param onSameKey whether ReEncrypt's two keys are one; absent for other operations
     */
    record Intent(
            String action,
            String operation,
            Optional<KeyUsage> usage,
            String algorithm,
            EncryptionContext context,
            Map<String, String> conditions,
            Optional<List<String>> grantTokens,
            Optional<Boolean> onSameKey)
            implements Circumstances {
        Intent {
            conditions = Map.copyOf(conditions);
        }

        /** To encrypt or decrypt. */
        Intent(Attempt attempt, String algorithm, EncryptionContext context, Optional<List<String>> grantTokens) {
            this(
                    attempt.call().action(),
                    attempt.call().operation(),
                    Optional.of(KeyUsage.ENCRYPT_DECRYPT),
                    algorithm,
                    context,
                    Map.of(),
                    grantTokens,
                    Optional.empty());
        }

        /** Whatever has no encryption context. */
        Intent(
                Attempt attempt,
                KeyUsage usage,
                String algorithm,
                Map<String, String> conditions,
                Optional<List<String>> grantTokens) {
            this(
                    attempt.call().action(),
                    attempt.call().operation(),
                    Optional.of(usage),
                    algorithm,
                    EncryptionContext.of(Optional.empty()),
                    conditions,
                    grantTokens,
                    Optional.empty());
        }

        /** To see what a key is, not to use it. */
        static Intent looking(Attempt attempt, Optional<List<String>> grantTokens) {
            return new Intent(
                    attempt.call().action(),
                    attempt.call().operation(),
                    Optional.empty(),
                    "",
                    EncryptionContext.of(Optional.empty()),
                    Map.of(),
                    grantTokens,
                    Optional.empty());
        }

        @Override
        public void accept(ConditionContext.Builder to) {
            if (usage.filter(KeyUsage.ENCRYPT_DECRYPT::equals).isPresent()) {
                to.put("kms:EncryptionAlgorithm", algorithm);
            }
            context.describe(to);
            conditions.forEach((name, value) -> to.put(name, value));
            if (onSameKey.isPresent()) {
                to.put("kms:ReEncryptOnSameKey", onSameKey.get().booleanValue());
            }
        }

        Intent describing(String condition, String value) {
            Map<String, String> more = new HashMap<>(conditions);
            more.put(condition, value);
            return new Intent(action, operation, usage, algorithm, context, more, grantTokens, onSameKey);
        }

        Intent onSameKey(boolean same) {
            return new Intent(action, operation, usage, algorithm, context, conditions, grantTokens, Optional.of(same));
        }

        /** State before usage before algorithm (kms.md section 3, steps 8 to 10). */
        void demandFitting(Key key) {
            StateRule.CRYPTOGRAPHY.demand(key);
            if (usage.isEmpty()) {
                return;
            }
            if (key.usage() != usage.get()) {
                throw KmsErrors.wrongUsage(key, operation);
            }
            if (!key.spec().algorithms(key.usage()).contains(algorithm)) {
                throw KmsErrors.wrongAlgorithm(algorithm, key.spec());
            }
        }
    }
}
