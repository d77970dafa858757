package dev.keytrail.kms.op;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.EncryptionScheme;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import java.util.Optional;

/** The sealing side of Encrypt and ReEncrypt, with a symmetric key or a public one. Thread-safe. */
final class Sealer {
    private final KeyUse use;

    Sealer(KeyUse use) {
        this.use = use;
    }

    /** @param material what sealed; absent for key pairs, whose answers name none */
    record Sealed(Bytes blob, Optional<Material> material) {}

    /** @throws dev.keytrail.call.Refused ValidationException: longer than the algorithm takes (kms.md section 3, step 11) */
    static void demandRoom(Key key, String algorithm, Secret plaintext) {
        EncryptionScheme.of(algorithm).ifPresent(scheme -> {
            int bytesMax = scheme.plaintextBytesMax(key.spec().cryptoKind());
            if (plaintext.sizeBytes() > bytesMax) {
                throw KmsErrors.plaintextTooLong(algorithm, key.spec(), bytesMax);
            }
        });
    }

    Sealed seal(Key key, String algorithm, Secret plaintext, EncryptionContext context) {
        Optional<EncryptionScheme> scheme = EncryptionScheme.of(algorithm);
        if (scheme.isPresent()) {
            return new Sealed(use.pairs().encrypt(key, scheme.get(), plaintext), Optional.empty());
        }
        Material material = KeyUse.current(key);
        Bytes blob = use.symmetric().seal(key.account(), key.id(), material.wrapped(), plaintext, context.pairs());
        return new Sealed(blob, Optional.of(material));
    }
}
