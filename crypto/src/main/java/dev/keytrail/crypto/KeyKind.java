package dev.keytrail.crypto;

import java.util.Optional;

/**
 * The kinds of key besides SYMMETRIC_DEFAULT, named as the {@code KeySpec} of the KMS model. What each needs from a
 * library says {@link Algorithms}.
 */
public enum KeyKind {
    RSA_2048(Family.RSA, 2048),
    RSA_3072(Family.RSA, 3072),
    RSA_4096(Family.RSA, 4096),
    ECC_NIST_P256(Family.NIST_CURVE, 256),
    ECC_NIST_P384(Family.NIST_CURVE, 384),
    ECC_NIST_P521(Family.NIST_CURVE, 521),
    ECC_SECG_P256K1(Family.SECG_CURVE, 256),
    ECC_NIST_EDWARDS25519(Family.EDWARDS, 256),
    HMAC_224(Family.HMAC, 224),
    HMAC_256(Family.HMAC, 256),
    HMAC_384(Family.HMAC, 384),
    HMAC_512(Family.HMAC, 512),
    ML_DSA_44(Family.ML_DSA, 44),
    ML_DSA_65(Family.ML_DSA, 65),
    ML_DSA_87(Family.ML_DSA, 87),
    ML_KEM_512(Family.ML_KEM, 512),
    ML_KEM_768(Family.ML_KEM, 768),
    ML_KEM_1024(Family.ML_KEM, 1024),
    SM2(Family.SM2, 256);

    /** What kinds of one construction share. */
    public enum Family {
        RSA,
        NIST_CURVE,
        SECG_CURVE,
        EDWARDS,
        HMAC,
        ML_DSA,
        ML_KEM,
        SM2
    }

    private final Family family;
    private final int size;

    KeyKind(Family family, int size) {
        this.family = family;
        this.size = size;
    }

    public Family family() {
        return family;
    }

    /** Modulus, field or output in bits; of lattice kinds the number of the parameter set. */
    public int size() {
        return size;
    }

    /** By its name in the model; SYMMETRIC_DEFAULT, which is {@link SymmetricKeys}' own, is not one of these. */
    public static Optional<KeyKind> of(String name) {
        for (KeyKind kind : values()) {
            if (kind.name().equals(name)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}
