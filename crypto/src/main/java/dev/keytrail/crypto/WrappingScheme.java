package dev.keytrail.crypto;

import java.util.Optional;

/** Ways to wrap material for import, named as the {@code AlgorithmSpec} of the KMS model. */
public enum WrappingScheme {
    RSAES_OAEP_SHA_1(EncryptionScheme.RSAES_OAEP_SHA_1, false),
    RSAES_OAEP_SHA_256(EncryptionScheme.RSAES_OAEP_SHA_256, false),
    RSA_AES_KEY_WRAP_SHA_1(EncryptionScheme.RSAES_OAEP_SHA_1, true),
    RSA_AES_KEY_WRAP_SHA_256(EncryptionScheme.RSAES_OAEP_SHA_256, true),
    SM2PKE(EncryptionScheme.SM2PKE, false);

    private final EncryptionScheme encryption;
    private final boolean hybrid;

    WrappingScheme(EncryptionScheme encryption, boolean hybrid) {
        this.encryption = encryption;
        this.hybrid = hybrid;
    }

    EncryptionScheme encryption() {
        return encryption;
    }

    /** Whether the public key wraps an AES-256 key, and that one the material (RFC 5649). */
    boolean hybrid() {
        return hybrid;
    }

    public boolean fits(KeyKind kind) {
        return encryption.fits(kind);
    }

    /** RSAES_PKCS1_V1_5, which the model still names, is refused everywhere and not one of these. */
    public static Optional<WrappingScheme> of(String name) {
        for (WrappingScheme scheme : values()) {
            if (scheme.name().equals(name)) {
                return Optional.of(scheme);
            }
        }
        return Optional.empty();
    }
}
