package dev.keytrail.kms;

import static dev.keytrail.wire.shape.kms.MessageType.DIGEST;
import static dev.keytrail.wire.shape.kms.MessageType.EXTERNAL_MU;
import static dev.keytrail.wire.shape.kms.MessageType.RAW;
import static dev.keytrail.wire.shape.kms.SigningAlgorithmSpec.ECDSA_SHA_256;
import static dev.keytrail.wire.shape.kms.SigningAlgorithmSpec.ED25519_PH_SHA_512;
import static dev.keytrail.wire.shape.kms.SigningAlgorithmSpec.ED25519_SHA_512;
import static dev.keytrail.wire.shape.kms.SigningAlgorithmSpec.ML_DSA_SHAKE_256;
import static dev.keytrail.wire.shape.kms.SigningAlgorithmSpec.RSASSA_PSS_SHA_256;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.kms.World.Answer;
import dev.keytrail.kms.key.Key;
import dev.keytrail.wire.shape.kms.KeySpec;
import dev.keytrail.wire.shape.kms.KeyUsageType;
import dev.keytrail.wire.shape.kms.MessageType;
import dev.keytrail.wire.shape.kms.SigningAlgorithmSpec;
import dev.keytrail.wire.shape.kms.VerifyRequest;
import dev.keytrail.wire.shape.kms.VerifyResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.EdDSAParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Sign, Verify and GetPublicKey; the JDK verifies what the service signed. */
class SignaturesTest {
    private static final byte[] MESSAGE = "attack at dawn".getBytes(StandardCharsets.UTF_8);

    private final World world = new World();

    private Key signer(KeySpec spec) {
        return Pairs.make(world, spec, KeyUsageType.SIGN_VERIFY);
    }

    @TestFactory
    Stream<DynamicTest> sign_everyAlgorithmRawAndDigest_theJdkVerifies() {
        List<DynamicTest> tests = new ArrayList<>();
        for (KeySpec spec : List.of(
                KeySpec.RSA_2048,
                KeySpec.RSA_3072,
                KeySpec.ECC_NIST_P256,
                KeySpec.ECC_NIST_P384,
                KeySpec.ECC_NIST_P521)) {
            Key key = signer(spec);
            List<SigningAlgorithmSpec> algorithms =
                    Pairs.publicKey(world, key).signingAlgorithms().orElseThrow();
            for (SigningAlgorithmSpec algorithm : algorithms) {
                tests.add(DynamicTest.dynamicTest(spec + " " + algorithm, () -> signsAsTheJdk(spec, key, algorithm)));
            }
        }
        return tests.stream();
    }

    private void signsAsTheJdk(KeySpec spec, Key key, SigningAlgorithmSpec algorithm) throws GeneralSecurityException {
        byte[] digest = MessageDigest.getInstance(hash(algorithm)).digest(MESSAGE);
        Bytes raw = Pairs.signature(world, Pairs.sign(key, MESSAGE, algorithm).build());
        Bytes digested = Pairs.signature(
                world, Pairs.sign(key, digest, algorithm).messageType(DIGEST).build());
        for (Bytes signature : List.of(raw, digested)) {
            Signature jdk = jdkSignature(algorithm);
            jdk.initVerify(Pairs.jdkPublic(
                    spec, Pairs.publicKey(world, key).publicKey().orElseThrow()));
            jdk.update(MESSAGE);
            assertThat(jdk.verify(signature.toArray())).isTrue();
            // The type used in Verify need not be the one used in Sign.
            assertVerifies(Pairs.verify(key, MESSAGE, RAW, algorithm, signature), key);
            assertVerifies(Pairs.verify(key, digest, DIGEST, algorithm, signature), key);
        }
    }

    private void assertVerifies(VerifyRequest request, Key key) {
        VerifyResponse reply =
                world.<VerifyRequest, VerifyResponse>alice("Verify", request).reply();
        assertThat(reply.signatureValid()).contains(true);
        assertThat(reply.keyId()).contains(key.arn());
        assertThat(reply.signingAlgorithm()).contains(request.signingAlgorithm());
    }

    @Test
    void sign_ed25519_pureFromRawAndPrehashedFromDigest() throws GeneralSecurityException {
        Key key = signer(KeySpec.ECC_NIST_EDWARDS25519);
        Bytes spki = Pairs.publicKey(world, key).publicKey().orElseThrow();
        byte[] digest = MessageDigest.getInstance("SHA-512").digest(MESSAGE);
        Bytes pure =
                Pairs.signature(world, Pairs.sign(key, MESSAGE, ED25519_SHA_512).build());
        Bytes prehashed = Pairs.signature(
                world,
                Pairs.sign(key, digest, ED25519_PH_SHA_512).messageType(DIGEST).build());

        assertThat(spki.size()).isEqualTo(44);
        Signature jdk = Signature.getInstance("Ed25519");
        jdk.initVerify(Pairs.jdkPublic(KeySpec.ECC_NIST_EDWARDS25519, spki));
        jdk.update(MESSAGE);
        assertThat(jdk.verify(pure.toArray())).isTrue();
        // The service hashes the digest once more: the JDK does so too with what it takes for the message.
        jdk.setParameter(new EdDSAParameterSpec(true));
        jdk.initVerify(Pairs.jdkPublic(KeySpec.ECC_NIST_EDWARDS25519, spki));
        jdk.update(digest);
        assertThat(jdk.verify(prehashed.toArray())).isTrue();
        assertVerifies(Pairs.verify(key, digest, DIGEST, ED25519_PH_SHA_512, prehashed), key);
    }

    @ParameterizedTest
    @EnumSource(
            value = KeySpec.class,
            names = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
    void sign_mlDsa_rawAndExternalMuAreTheSameSignature(KeySpec spec) throws GeneralSecurityException {
        Key key = signer(spec);
        Bytes spki = Pairs.publicKey(world, key).publicKey().orElseThrow();
        byte[] mu = mu(spec, spki);
        Bytes raw = Pairs.signature(
                world, Pairs.sign(key, MESSAGE, ML_DSA_SHAKE_256).build());
        Bytes external = Pairs.signature(
                world,
                Pairs.sign(key, mu, ML_DSA_SHAKE_256).messageType(EXTERNAL_MU).build());

        for (Bytes signature : List.of(raw, external)) {
            Signature jdk = Signature.getInstance("ML-DSA");
            jdk.initVerify(Pairs.jdkPublic(spec, spki));
            jdk.update(MESSAGE);
            assertThat(jdk.verify(signature.toArray())).isTrue();
            assertVerifies(Pairs.verify(key, MESSAGE, RAW, ML_DSA_SHAKE_256, signature), key);
            assertVerifies(Pairs.verify(key, mu, EXTERNAL_MU, ML_DSA_SHAKE_256, signature), key);
        }
    }

    /** FIPS 204 section 6.2, with an empty context string. */
    private static byte[] mu(KeySpec spec, Bytes spki) throws GeneralSecurityException {
        int rawBytes = switch (spec) {
            case ML_DSA_44 -> 1312;
            case ML_DSA_65 -> 1952;
            default -> 2592;
        };
        byte[] raw = spki.slice(spki.size() - rawBytes, spki.size()).toArray();
        MessageDigest shake = MessageDigest.getInstance("SHAKE256-512");
        byte[] tr = shake.digest(raw);
        shake.update(tr);
        shake.update(new byte[] {0, 0});
        return shake.digest(MESSAGE);
    }

    @Test
    void sign_secp256k1_verifiesAndIsDer() {
        Key key = signer(KeySpec.ECC_SECG_P256K1);
        Bytes signature =
                Pairs.signature(world, Pairs.sign(key, MESSAGE, ECDSA_SHA_256).build());

        assertThat(signature.at(0)).isEqualTo((byte) 0x30);
        assertThat(signature.size()).isBetween(60, 72);
        assertVerifies(Pairs.verify(key, MESSAGE, RAW, ECDSA_SHA_256, signature), key);
    }

    @Test
    void sign_sm2InAChinaRegion_works_elsewhereThereAreNoSuchKeys() {
        Answer<?> elsewhere = world.alice("CreateKey", Pairs.request(KeySpec.SM2, KeyUsageType.SIGN_VERIFY));
        assertThat(elsewhere.code()).isEqualTo("UnsupportedOperationException");
        assertThat(world.as(
                                World.ALICE,
                                "cn-north-1",
                                "CreateKey",
                                Pairs.request(KeySpec.SM2, KeyUsageType.SIGN_VERIFY))
                        .code())
                .isEqualTo("ok");
        assertThat(world.as(
                                World.ALICE,
                                "cn-north-1",
                                "CreateKey",
                                Pairs.request(KeySpec.ML_KEM_512, KeyUsageType.ENCAPSULATE_DECAPSULATE))
                        .code())
                .isEqualTo("UnsupportedOperationException");
    }

    @Test
    void verify_otherMessageOtherKeyOrNoSignatureAtAll_isRefusedWithoutMessage() {
        Key key = signer(KeySpec.ECC_NIST_P256);
        Key other = signer(KeySpec.ECC_NIST_P256);
        Bytes good =
                Pairs.signature(world, Pairs.sign(key, MESSAGE, ECDSA_SHA_256).build());
        byte[] flipped = good.toArray();
        flipped[good.size() - 1] ^= 1;

        for (VerifyRequest bad : List.of(
                Pairs.verify(key, "attack at dusk".getBytes(StandardCharsets.UTF_8), RAW, ECDSA_SHA_256, good),
                Pairs.verify(other, MESSAGE, RAW, ECDSA_SHA_256, good),
                Pairs.verify(key, MESSAGE, RAW, ECDSA_SHA_256, Bytes.adopt(flipped)),
                Pairs.verify(key, MESSAGE, RAW, ECDSA_SHA_256, Bytes.utf8("no signature")))) {
            Answer<?> answer = world.alice("Verify", bad);
            assertThat(answer.code()).isEqualTo("KMSInvalidSignatureException");
            assertThat(answer.error().orElseThrow().message()).isEmpty();
            assertThat(answer.notes().resources()).hasSize(1);
        }
    }

    @Test
    void sign_digestOfWrongLength_isRefusedBeforeTheDryRunAndAfterTheAlgorithm() {
        Key key = signer(KeySpec.ECC_NIST_P384);
        for (boolean dryRun : new boolean[] {false, true}) {
            Answer<?> answer = world.alice(
                    "Sign",
                    Pairs.sign(key, new byte[32], SigningAlgorithmSpec.ECDSA_SHA_384)
                            .messageType(DIGEST)
                            .dryRun(dryRun)
                            .build());
            assertThat(answer.code()).isEqualTo("ValidationException");
            assertThat(answer.message()).isEqualTo("Digest is invalid length for algorithm ECDSA_SHA_384.");
        }
        assertThat(world.alice(
                                "Sign",
                                Pairs.sign(key, new byte[31], ECDSA_SHA_256)
                                        .messageType(DIGEST)
                                        .build())
                        .message())
                .isEqualTo("Algorithm ECDSA_SHA_256 is incompatible with key spec ECC_NIST_P384.");
    }

    @Test
    void sign_formThatTheAlgorithmDoesNotTake_isRefused() {
        record Bad(KeySpec spec, SigningAlgorithmSpec algorithm, MessageType type, String by) {}
        for (Bad bad : List.of(
                new Bad(KeySpec.ECC_NIST_EDWARDS25519, ED25519_SHA_512, DIGEST, "signing algorithm ED25519_SHA_512"),
                new Bad(KeySpec.ECC_NIST_EDWARDS25519, ED25519_PH_SHA_512, RAW, "signing algorithm ED25519_PH_SHA_512"),
                new Bad(KeySpec.ECC_NIST_EDWARDS25519, ED25519_SHA_512, EXTERNAL_MU, "key spec ECC_NIST_EDWARDS25519"),
                new Bad(KeySpec.ML_DSA_44, ML_DSA_SHAKE_256, DIGEST, "key spec ML_DSA_44"),
                new Bad(KeySpec.RSA_2048, RSASSA_PSS_SHA_256, EXTERNAL_MU, "key spec RSA_2048"))) {
            Key key = signer(bad.spec());
            Answer<?> answer = world.alice(
                    "Sign",
                    Pairs.sign(key, new byte[64], bad.algorithm())
                            .messageType(bad.type())
                            .build());
            assertThat(answer.code()).isEqualTo("ValidationException");
            assertThat(answer.message())
                    .isEqualTo("Message type " + bad.type() + " is incompatible with " + bad.by() + ".");
            world.alice("DisableKey", Requests.disable(key.id()));
            assertThat(world.alice(
                                    "Sign",
                                    Pairs.sign(key, new byte[64], bad.algorithm())
                                            .messageType(bad.type())
                                            .build())
                            .code())
                    .as("the key's state comes first")
                    .isEqualTo("DisabledException");
        }
    }

    private static String hash(SigningAlgorithmSpec algorithm) {
        return "SHA-" + algorithm.value().substring(algorithm.value().length() - 3);
    }

    private static Signature jdkSignature(SigningAlgorithmSpec algorithm) throws GeneralSecurityException {
        String bits = algorithm.value().substring(algorithm.value().length() - 3);
        if (algorithm.value().startsWith("RSASSA_PSS")) {
            Signature pss = Signature.getInstance("RSASSA-PSS");
            int saltBytes = Integer.parseInt(bits) / 8;
            pss.setParameter(
                    new PSSParameterSpec("SHA-" + bits, "MGF1", new MGF1ParameterSpec("SHA-" + bits), saltBytes, 1));
            return pss;
        }
        return Signature.getInstance("SHA" + bits + (algorithm.value().startsWith("ECDSA") ? "withECDSA" : "withRSA"));
    }
}
