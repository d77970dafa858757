package dev.keytrail.kms;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import dev.keytrail.wire.shape.kms.GetPublicKeyRequest;
import dev.keytrail.wire.shape.kms.GetPublicKeyResponse;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.MessageType;
import dev.keytrail.wire.shape.kms.SignRequest;
import dev.keytrail.wire.shape.kms.SignResponse;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import dev.keytrail.wire.shape.kms.VerifyRequest;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;

/** Keys of every spec, and what the JDK, which is none of ours, makes of them. */
final class Pairs {
    private Pairs() {}

    static Key make(World world, KeySpec spec, KeyUsageType usage) {
        return world.newKey(request(spec, usage));
    }

    static CreateKeyRequest request(KeySpec spec, KeyUsageType usage) {
        return CreateKeyRequest.builder().keySpec(spec).keyUsage(usage).build();
    }

    static GetPublicKeyResponse publicKey(World world, Key key) {
        return world.<GetPublicKeyRequest, GetPublicKeyResponse>alice(
                        "GetPublicKey",
                        GetPublicKeyRequest.builder().keyId(key.id()).build())
                .reply();
    }

    static SignRequest.Builder sign(Key key, byte[] message, SigningAlgorithmSpec algorithm) {
        return SignRequest.builder()
                .keyId(key.id())
                .message(Secret.copyOf(message))
                .signingAlgorithm(algorithm);
    }

    static Bytes signature(World world, SignRequest request) {
        return world.<SignRequest, SignResponse>alice("Sign", request)
                .reply()
                .signature()
                .orElseThrow();
    }

    static VerifyRequest verify(
            Key key, byte[] message, MessageType type, SigningAlgorithmSpec algorithm, Bytes signature) {
        return VerifyRequest.builder()
                .keyId(key.id())
                .message(Secret.copyOf(message))
                .messageType(type)
                .signingAlgorithm(algorithm)
                .signature(signature)
                .build();
    }

    static PublicKey jdkPublic(KeySpec spec, Bytes spki) throws GeneralSecurityException {
        return KeyFactory.getInstance(jdkName(spec)).generatePublic(new X509EncodedKeySpec(spki.toArray()));
    }

    static PrivateKey jdkPrivate(KeySpec spec, Secret pkcs8) throws GeneralSecurityException {
        return KeyFactory.getInstance(jdkName(spec)).generatePrivate(new PKCS8EncodedKeySpec(pkcs8.reveal()));
    }

    private static String jdkName(KeySpec spec) {
        return switch (spec) {
            case RSA_2048, RSA_3072, RSA_4096 -> "RSA";
            case ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521 -> "EC";
            case ECC_NIST_EDWARDS25519 -> "Ed25519";
            case ML_DSA_44, ML_DSA_65, ML_DSA_87 -> "ML-DSA";
            case ML_KEM_512, ML_KEM_768, ML_KEM_1024 -> "ML-KEM";
            default -> throw new IllegalArgumentException("the JDK has no " + spec);
        };
    }
}
