package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.EncryptionScheme;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.store.KeyStores.Sealed;
import java.util.Optional;

/** The sealing side of Encrypt and ReEncrypt, with a symmetric key or a public one. Thread-safe. */
final class Sealer {
    private final KeyUse use;

    Sealer(KeyUse use) {
        this.use = use;
    }

    /** @throws dev.keytrail.call.Refused ValidationException: longer than the algorithm takes (kms.md section 3, step 11) */
    static void demandRoom(Key key, String algorithm, Secret plaintext) {
        EncryptionScheme.of(algorithm).ifPresent(scheme -> {
            int bytesMax = scheme.plaintextBytesMax(key.spec().cryptoKind());
            if (plaintext.sizeBytes() > bytesMax) {
                throw KmsErrors.plaintextTooLong(algorithm, key.spec(), bytesMax);
            }
        });
    }

    /** What sealed is named for symmetric keys of our own alone. */
    Sealed seal(Attempt attempt, Key key, String algorithm, Secret plaintext, EncryptionContext context) {
        Optional<EncryptionScheme> scheme = EncryptionScheme.of(algorithm);
        if (scheme.isPresent()) {
            return new Sealed(use.pairs().encrypt(key, scheme.get(), plaintext), Optional.empty());
        }
        return use.stores().seal(attempt, key, plaintext, context);
    }
}
