package dev.keytrail.kms.key;

import static dev.keytrail.kms.key.KeyUsage.ENCAPSULATE_DECAPSULATE;
import static dev.keytrail.kms.key.KeyUsage.ENCRYPT_DECRYPT;
import static dev.keytrail.kms.key.KeyUsage.GENERATE_VERIFY_MAC;
import static dev.keytrail.kms.key.KeyUsage.KEY_AGREEMENT;
import static dev.keytrail.kms.key.KeyUsage.SIGN_VERIFY;

import dev.keytrail.crypto.KeyKind;
import java.util.List;
import java.util.Set;

/** The kinds of key, their usages and algorithms in the order of answers (kms.md section 5). Names are stored. */
public enum KeySpec {
    SYMMETRIC_DEFAULT(ENCRYPT_DECRYPT),
    RSA_2048(ENCRYPT_DECRYPT, SIGN_VERIFY),
    RSA_3072(ENCRYPT_DECRYPT, SIGN_VERIFY),
    RSA_4096(ENCRYPT_DECRYPT, SIGN_VERIFY),
    ECC_NIST_P256(SIGN_VERIFY, KEY_AGREEMENT),
    ECC_NIST_P384(SIGN_VERIFY, KEY_AGREEMENT),
    ECC_NIST_P521(SIGN_VERIFY, KEY_AGREEMENT),
    ECC_SECG_P256K1(SIGN_VERIFY),
    ECC_NIST_EDWARDS25519(SIGN_VERIFY),
    HMAC_224(GENERATE_VERIFY_MAC),
    HMAC_256(GENERATE_VERIFY_MAC),
    HMAC_384(GENERATE_VERIFY_MAC),
    HMAC_512(GENERATE_VERIFY_MAC),
    ML_DSA_44(SIGN_VERIFY),
    ML_DSA_65(SIGN_VERIFY),
    ML_DSA_87(SIGN_VERIFY),
    ML_KEM_512(ENCAPSULATE_DECAPSULATE),
    ML_KEM_768(ENCAPSULATE_DECAPSULATE),
    ML_KEM_1024(ENCAPSULATE_DECAPSULATE),
    SM2(ENCRYPT_DECRYPT, SIGN_VERIFY, KEY_AGREEMENT);

    /** The broad kinds between which an alias may not move (kms.md section 4.2). */
    public enum Kind {
        SYMMETRIC,
        ASYMMETRIC,
        HMAC
    }

    private final Set<KeyUsage> usages;

    KeySpec(KeyUsage... usages) {
        this.usages = Set.of(usages);
    }

    public boolean allows(KeyUsage usage) {
        return usages.contains(usage);
    }

    public Kind kind() {
        return switch (this) {
            case SYMMETRIC_DEFAULT -> Kind.SYMMETRIC;
            case HMAC_224, HMAC_256, HMAC_384, HMAC_512 -> Kind.HMAC;
            default -> Kind.ASYMMETRIC;
        };
    }

    /**
     * SM2 belongs to the China partition, ML-KEM to the others (kms.md section 5).
     *
     * @throws dev.keytrail.call.Refused UnsupportedOperationException
     */
    public void demandOfferedIn(String region) {
        boolean china = isChina(region);
        boolean offered = switch (this) {
            case SM2 -> china;
            case ML_KEM_512, ML_KEM_768, ML_KEM_1024 -> !china;
            default -> true;
        };
        if (!offered) {
            throw KmsErrors.unsupported("KeySpec " + this + " is not supported in this Region");
        }
    }

    /** Of the partition of China, whose algorithms are others. */
    public static boolean isChina(String region) {
        return region.startsWith("cn-");
    }

    /** What {@code crypto} calls it. @throws IllegalStateException for SYMMETRIC_DEFAULT, which needs no name there */
    public KeyKind cryptoKind() {
        return KeyKind.of(name()).orElseThrow(() -> new IllegalStateException(this + " is no kind of its own"));
    }

    /** The algorithms that a key of this spec and {@code usage} can do; empty for a usage the spec does not have. */
    public List<String> algorithms(KeyUsage usage) {
        if (!allows(usage)) {
            return List.of();
        }
        return switch (usage) {
            case ENCRYPT_DECRYPT -> encryption();
            case SIGN_VERIFY -> signing();
            case GENERATE_VERIFY_MAC -> List.of("HMAC_SHA_" + name().substring("HMAC_".length()));
            case KEY_AGREEMENT -> List.of("ECDH");
            case ENCAPSULATE_DECAPSULATE -> List.of("ML_KEM");
        };
    }

    private List<String> encryption() {
        return switch (this) {
            case SYMMETRIC_DEFAULT -> ENCRYPTION_SYMMETRIC;
            case SM2 -> List.of("SM2PKE");
            default -> List.of("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256");
        };
    }

    private List<String> signing() {
        return switch (this) {
            case ECC_NIST_P256, ECC_SECG_P256K1 -> List.of("ECDSA_SHA_256");
            case ECC_NIST_P384 -> List.of("ECDSA_SHA_384");
            case ECC_NIST_P521 -> List.of("ECDSA_SHA_512");
            case ECC_NIST_EDWARDS25519 -> List.of("ED25519_SHA_512", "ED25519_PH_SHA_512");
            case ML_DSA_44, ML_DSA_65, ML_DSA_87 -> List.of("ML_DSA_SHAKE_256");
            case SM2 -> List.of("SM2DSA");
            default ->
                List.of(
                        "RSASSA_PKCS1_V1_5_SHA_256",
                        "RSASSA_PKCS1_V1_5_SHA_384",
                        "RSASSA_PKCS1_V1_5_SHA_512",
                        "RSASSA_PSS_SHA_256",
                        "RSASSA_PSS_SHA_384",
                        "RSASSA_PSS_SHA_512");
        };
    }

    private static final List<String> ENCRYPTION_SYMMETRIC = List.of("SYMMETRIC_DEFAULT");
}
