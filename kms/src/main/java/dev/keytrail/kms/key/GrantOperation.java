package dev.keytrail.kms.key;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What a grant can allow (kms.md section 14). Named as the actions without their prefix; the names are stored. */
public enum GrantOperation {
    Decrypt,
    Encrypt,
    GenerateDataKey,
    GenerateDataKeyWithoutPlaintext,
    GenerateDataKeyPair,
    GenerateDataKeyPairWithoutPlaintext,
    ReEncryptFrom,
    ReEncryptTo,
    Sign,
    Verify,
    GetPublicKey,
    GenerateMac,
    VerifyMac,
    DeriveSharedSecret,
    Encapsulate,
    Decapsulate,
    CreateGrant,
    RetireGrant,
    DescribeKey;

    private static final String PREFIX = "kms:";
    private static final Map<String, GrantOperation> BY_ACTION =
            Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(o -> PREFIX + o.name(), Function.identity()));

    /** Empty for actions that no grant can allow. */
    public static Optional<GrantOperation> ofAction(String action) {
        return Optional.ofNullable(BY_ACTION.get(action));
    }

    /** Whether requests carry an encryption context for constraints to look at. */
    public boolean takesContext() {
        return switch (this) {
            case Decrypt,
                    Encrypt,
                    GenerateDataKey,
                    GenerateDataKeyWithoutPlaintext,
                    GenerateDataKeyPair,
                    GenerateDataKeyPairWithoutPlaintext,
                    ReEncryptFrom,
                    ReEncryptTo -> true;
            case Sign,
                    Verify,
                    GetPublicKey,
                    GenerateMac,
                    VerifyMac,
                    DeriveSharedSecret,
                    Encapsulate,
                    Decapsulate,
                    CreateGrant,
                    RetireGrant,
                    DescribeKey -> false;
        };
    }

    /** Whether a key of this kind can do it. */
    public boolean fits(KeySpec spec, KeyUsage usage) {
        boolean symmetric = spec.kind() == KeySpec.Kind.SYMMETRIC;
        boolean asymmetric = spec.kind() == KeySpec.Kind.ASYMMETRIC;
        return switch (this) {
            case Encrypt, Decrypt, ReEncryptFrom, ReEncryptTo -> usage == KeyUsage.ENCRYPT_DECRYPT;
            case GenerateDataKey,
                    GenerateDataKeyWithoutPlaintext,
                    GenerateDataKeyPair,
                    GenerateDataKeyPairWithoutPlaintext -> symmetric;
            case Sign, Verify -> usage == KeyUsage.SIGN_VERIFY;
            case GetPublicKey -> asymmetric;
            case GenerateMac, VerifyMac -> usage == KeyUsage.GENERATE_VERIFY_MAC;
            case DeriveSharedSecret -> usage == KeyUsage.KEY_AGREEMENT;
            case Encapsulate, Decapsulate -> usage == KeyUsage.ENCAPSULATE_DECAPSULATE;
            case CreateGrant, RetireGrant, DescribeKey -> true;
        };
    }
}
