package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.kms.store.KeyStores.Sealed;
import dev.keytrail.wire.shape.kms.DataKeySpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What GenerateDataKey and GenerateDataKeyWithoutPlaintext share: a random key, and the same sealed. Thread-safe. */
final class DataKeys {
    private final KeyUse use;

    DataKeys(KeyUse use) {
        this.use = use;
    }

    /** A request, whichever of the two it is. */
    record Wanted(
            String keyId,
            Optional<DataKeySpec> keySpec,
            Optional<Integer> numberOfBytes,
            Optional<Map<String, String>> encryptionContext,
            Optional<List<String>> grantTokens,
            Optional<Boolean> dryRun) {
        /** Exactly one of KeySpec and NumberOfBytes says how long. */
        int bytes() {
            if (keySpec.isPresent() == numberOfBytes.isPresent()) {
                throw KmsErrors.invalid("Please specify either number of bytes or key spec.");
            }
            return keySpec.map(spec -> switch (spec) {
                        case AES_256 -> 32;
                        case AES_128 -> 16;
                    })
                    .orElseGet(numberOfBytes::orElseThrow);
        }

        Optional<Facts> shown() {
            Facts facts = Facts.facts().put("keyId", keyId).put("keySpec", keySpec.map(DataKeySpec::value));
            numberOfBytes.ifPresent(bytes -> facts.put("numberOfBytes", bytes.longValue()));
            KeyUse.show(facts, "encryptionContext", encryptionContext);
            KeyUse.showDryRun(facts, dryRun);
            return Optional.of(facts);
        }
    }

    /** The taker closes {@code plaintext}, or hands it on. */
    record Made(Named named, Optional<Material> material, Secret plaintext, Bytes ciphertext) {
        Key key() {
            return named.key();
        }
    }

    /** For a recipient, the intent is described and the event already tells of it. */
    Made make(Attempt attempt, Wanted wanted, Optional<Recipient> recipient) {
        int bytes = wanted.bytes();
        EncryptionContext context = EncryptionContext.of(wanted.encryptionContext());
        Intent intent = Recipient.describe(
                recipient, new Intent(attempt, KeyUse.SYMMETRIC_DEFAULT, context, wanted.grantTokens()));
        Named named = use.readyToSeal(attempt, wanted.keyId(), intent);
        Key key = named.key();
        KeyUse.refuseDryRun(wanted.dryRun());
        Secret plaintext = use.symmetric().random(bytes);
        Sealed sealed = use.stores().seal(attempt, key, plaintext, context);
        if (recipient.isEmpty()) {
            sealed.material().ifPresent(material -> attempt.notes().additional(KeyUse.materialId(material)));
        }
        return new Made(named, sealed.material(), plaintext, sealed.blob());
    }
}
