package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.crypto.PlainKeyPair;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.op.KeyUse.Intent;
import dev.keytrail.kms.store.KeyStores.Sealed;
import dev.keytrail.wire.shape.kms.DataKeyPairSpec;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What GenerateDataKeyPair and its form without plaintext share: a pair, its private key sealed too. Thread-safe. */
final class DataKeyPairs {
    private final KeyUse use;

    DataKeyPairs(KeyUse use) {
        this.use = use;
    }

    /** A request, whichever of the two it is. */
    record Wanted(
            String keyId,
            DataKeyPairSpec keyPairSpec,
            Optional<Map<String, String>> encryptionContext,
            Optional<List<String>> grantTokens,
            Optional<Boolean> dryRun) {
        Optional<Facts> shown() {
            Facts facts = Facts.facts().put("keyPairSpec", keyPairSpec.value());
            KeyUse.show(facts, "encryptionContext", encryptionContext);
            facts.put("keyId", keyId);
            KeyUse.showDryRun(facts, dryRun);
            return Optional.of(facts);
        }
    }

    /** The taker closes the pair's private key, or hands it on. */
    record Made(Key key, Material material, PlainKeyPair pair, Bytes privateKeyCiphertext) {}

    Made make(Attempt attempt, Wanted wanted, Optional<Recipient> recipient) {
        EncryptionContext context = EncryptionContext.of(wanted.encryptionContext());
        Intent intent = Recipient.describe(
                        recipient, new Intent(attempt, KeyUse.SYMMETRIC_DEFAULT, context, wanted.grantTokens()))
                .describing("kms:DataKeyPairSpec", wanted.keyPairSpec().value());
        Key key = use.ready(attempt, wanted.keyId(), intent).key();
        KeySpec spec = KeySpec.valueOf(wanted.keyPairSpec().value());
        spec.demandOfferedIn(attempt.call().region());
        if (key.backing().isPresent()) {
            throw KmsErrors.wrongOrigin(key);
        }
        KeyUse.refuseDryRun(wanted.dryRun());
        PlainKeyPair pair = use.pairs().makePlain(spec.cryptoKind());
        Sealed sealed = use.stores().seal(attempt, key, pair.privateKey(), context);
        Material material = sealed.material().orElseThrow();
        if (recipient.isEmpty()) {
            attempt.notes().additional(KeyUse.materialId(material));
        }
        return new Made(key, material, pair, sealed.blob());
    }
}
