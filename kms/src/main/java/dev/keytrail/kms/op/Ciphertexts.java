package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.CiphertextHeader;
import dev.keytrail.crypto.EncryptionScheme;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Keyring;
import dev.keytrail.kms.key.Keyring.Accepts;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.kms.store.KeyStores.Opened;
import dev.keytrail.wire.shape.kms.DryRunModifierType;
import java.util.List;
import java.util.Optional;

/** The opening side of Decrypt and ReEncrypt: which key made a ciphertext, and may it be opened. Thread-safe. */
final class Ciphertexts {
    private final KeyUse use;

    Ciphertexts(KeyUse use) {
        this.use = use;
    }

    /**
     * What is to be opened.
     *
     * @param ciphertext absent only in a dry run that ignores it
     * @param keyId the key that the caller says made it
     * @param keyIdMember the member's name, for texts
     */
    record Given(Optional<Bytes> ciphertext, Optional<String> keyId, String keyIdMember, boolean ignoreCiphertext) {
        /** @throws dev.keytrail.call.Refused ValidationException for members that do not go together */
        static Given of(
                Optional<Bytes> ciphertext,
                Optional<String> keyId,
                String keyIdMember,
                Optional<Boolean> dryRun,
                Optional<List<DryRunModifierType>> modifiers) {
            boolean ignore = modifiers.orElse(List.of()).contains(DryRunModifierType.IGNORE_CIPHERTEXT);
            if (modifiers.isPresent() && !modifiers.get().isEmpty() && !dryRun.orElse(false)) {
                throw KmsErrors.invalid("DryRunModifiers can only be used when DryRun is true.");
            }
            if (ignore && keyId.isEmpty()) {
                throw KmsErrors.invalid(keyIdMember + " is required when the ciphertext is ignored.");
            }
            if (!ignore && ciphertext.isEmpty()) {
                throw KmsErrors.invalid("CiphertextBlob is required.");
            }
            return new Given(ciphertext, keyId, keyIdMember, ignore);
        }
    }

    /**
     * The key to open with.
     *
     * @param byCiphertext only the ciphertext told which key it is, so a refusal speaks of the ciphertext
     * @param materialId what the ciphertext names; empty where the ciphertext is not read
     */
    record Source(Named named, boolean byCiphertext, Optional<String> materialId) {
        Key key() {
            return named.key();
        }
    }

    /** Finds the key; says nothing yet of permission. */
    Source locate(Attempt attempt, Given given, Intent intent) {
        use.demandGenuineTokens(intent.grantTokens());
        if (given.ignoreCiphertext() || !intent.algorithm().equals(KeyUse.SYMMETRIC_DEFAULT)) {
            // Only a symmetric ciphertext tells whose it is.
            String keyId = given.keyId()
                    .orElseThrow(() -> KmsErrors.invalid(
                            given.keyIdMember() + " is required for the algorithm " + intent.algorithm() + "."));
            Named named = Keyring.find(attempt, keyId, Accepts.ANY_NAME, intent.action());
            return new Source(named, false, Optional.empty());
        }
        CiphertextHeader header =
                CiphertextHeader.parse(given.ciphertext().orElseThrow()).orElseThrow(KmsErrors::invalidCiphertext);
        Optional<Named> asked = Optional.empty();
        // A bare id is taken across accounts: it says no more than the ciphertext does.
        if (given.keyId().isPresent() && !given.keyId().get().equals(header.keyId())) {
            asked = Optional.of(Keyring.find(attempt, given.keyId().get(), Accepts.ANY_NAME, intent.action()));
            demandSame(attempt, asked.get(), header, intent);
        }
        return new Source(
                asked.orElseGet(() -> maker(attempt, header)), asked.isEmpty(), Optional.of(header.materialId()));
    }

    /**
     * The key that a ciphertext names. Another account's is noted whether it exists or not: the caller's own record must
     * not tell what the answer hides.
     */
    private static Named maker(Attempt attempt, CiphertextHeader header) {
        String region = attempt.call().region();
        if (!header.account().equals(attempt.call().caller().accountOrOperator())) {
            Keyring.note(
                    attempt.notes(),
                    header.account(),
                    Key.arn(header.account(), region, header.keyId()),
                    header.keyId());
        }
        Key key = attempt.state()
                .get(Key.TABLE, Key.rowKey(header.account(), region, header.keyId()))
                .orElseThrow(() -> {
                    attempt.notes().callerOnly();
                    return KmsErrors.deniedCiphertext();
                });
        Keyring.note(attempt.notes(), key);
        return Named.byId(CustomKeyStore.seen(attempt.state(), key));
    }

    void permit(Attempt attempt, Source source, Intent intent) {
        if (source.byCiphertext()) {
            use.permissions().demandForCiphertext(attempt, source.named(), intent.action(), intent);
        } else {
            use.permissions().demand(attempt, source.named(), intent.action(), intent);
        }
    }

    /** @throws dev.keytrail.call.Refused InvalidCiphertextException: altered, another key's, or another context */
    Opened open(Attempt attempt, Source source, String algorithm, Bytes ciphertext, EncryptionContext context) {
        Key key = source.key();
        Optional<EncryptionScheme> scheme = EncryptionScheme.of(algorithm);
        if (scheme.isPresent()) {
            Secret plaintext =
                    use.pairs().decrypt(key, scheme.get(), ciphertext).orElseThrow(KmsErrors::invalidCiphertext);
            return new Opened(plaintext, Optional.empty());
        }
        String materialId = source.materialId().orElseThrow(KmsErrors::invalidCiphertext);
        return use.stores().open(attempt, key, materialId, ciphertext, context);
    }

    private void demandSame(Attempt attempt, Named asked, CiphertextHeader header, Intent intent) {
        if (asked.key().account().equals(header.account()) && asked.key().id().equals(header.keyId())) {
            return;
        }
        if (asked.foreignTo(attempt)) {
            // That it is another key would tell that there is such a key.
            use.permissions().demand(attempt, asked, intent.action(), intent);
        }
        throw KmsErrors.incorrectKey();
    }
}
