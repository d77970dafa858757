package dev.keytrail.crypto;

import dev.keytrail.crypto.KeyKind.Family;
import java.util.Optional;
import java.util.OptionalInt;

/** Ways to sign, named as the {@code SigningAlgorithmSpec} of the KMS model. */
public enum SignatureScheme {
    RSASSA_PSS_SHA_256(Construction.RSA_PSS, "SHA-256", 32),
    RSASSA_PSS_SHA_384(Construction.RSA_PSS, "SHA-384", 48),
    RSASSA_PSS_SHA_512(Construction.RSA_PSS, "SHA-512", 64),
    RSASSA_PKCS1_V1_5_SHA_256(Construction.RSA_PKCS1, "SHA-256", 32),
    RSASSA_PKCS1_V1_5_SHA_384(Construction.RSA_PKCS1, "SHA-384", 48),
    RSASSA_PKCS1_V1_5_SHA_512(Construction.RSA_PKCS1, "SHA-512", 64),
    ECDSA_SHA_256(Construction.ECDSA, "SHA-256", 32),
    ECDSA_SHA_384(Construction.ECDSA, "SHA-384", 48),
    ECDSA_SHA_512(Construction.ECDSA, "SHA-512", 64),
    ED25519_SHA_512(Construction.EDDSA, "SHA-512", 64),
    ED25519_PH_SHA_512(Construction.EDDSA_PREHASHED, "SHA-512", 64),
    ML_DSA_SHAKE_256(Construction.ML_DSA, "SHAKE256", 64),
    SM2DSA(Construction.SM2, "SM3", 32);

    /** What happens to the digest. */
    enum Construction {
        RSA_PSS,
        RSA_PKCS1,
        ECDSA,
        EDDSA,
        EDDSA_PREHASHED,
        ML_DSA,
        SM2
    }

    private final Construction construction;
    private final String hash;
    private final int hashBytes;

    SignatureScheme(Construction construction, String hash, int hashBytes) {
        this.construction = construction;
        this.hash = hash;
        this.hashBytes = hashBytes;
    }

    Construction construction() {
        return construction;
    }

    /** JCA name. */
    String hash() {
        return hash;
    }

    int hashBytes() {
        return hashBytes;
    }

    /** Whether a key of this kind can sign so. */
    public boolean fits(KeyKind kind) {
        return switch (construction) {
            case RSA_PSS, RSA_PKCS1 -> kind.family() == Family.RSA;
            case ECDSA ->
                switch (kind) {
                    case ECC_NIST_P256, ECC_SECG_P256K1 -> hashBytes == 32;
                    case ECC_NIST_P384 -> hashBytes == 48;
                    case ECC_NIST_P521 -> hashBytes == 64;
                    default -> false;
                };
            case EDDSA, EDDSA_PREHASHED -> kind.family() == Family.EDWARDS;
            case ML_DSA -> kind.family() == Family.ML_DSA;
            case SM2 -> kind.family() == Family.SM2;
        };
    }

    /** Whether the message may come in this form. */
    public boolean takes(MessageForm form) {
        return switch (construction) {
            case RSA_PSS, RSA_PKCS1, ECDSA, SM2 -> form != MessageForm.EXTERNAL_MU;
            case EDDSA -> form == MessageForm.RAW;
            case EDDSA_PREHASHED -> form == MessageForm.DIGEST;
            case ML_DSA -> form != MessageForm.DIGEST;
        };
    }

    /** The only length that a message in this form may have; a raw one may have any. */
    public OptionalInt exactBytes(MessageForm form) {
        return form == MessageForm.RAW ? OptionalInt.empty() : OptionalInt.of(hashBytes);
    }

    public static Optional<SignatureScheme> of(String name) {
        for (SignatureScheme scheme : values()) {
            if (scheme.name().equals(name)) {
                return Optional.of(scheme);
            }
        }
        return Optional.empty();
    }
}
