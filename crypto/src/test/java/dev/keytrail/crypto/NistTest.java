package dev.keytrail.crypto;

import static dev.keytrail.crypto.VectorKeys.stored;
import static dev.keytrail.crypto.VectorKeys.storedScalar;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.math.BigInteger;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** NIST's validation vectors (CAVP, ACVP) and those of RFC 6979 and RFC 8032, through what calls go through. */
class NistTest {
    private final Vault vault = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1));
    private final AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2));

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void ecdsa_privateKeys_haveTheirPublicOnes(Supplier<Algorithms> source) throws Exception {
        AsymmetricKeys own = new AsymmetricKeys(vault, new TestEntropy(2), source);
        List<Vectors.Case> cases = Vectors.read("acvp-det-ecdsa.rsp", "rfc6979.rsp");
        assertThat(cases).hasSize(15 + 6);
        for (Vectors.Case each : cases) {
            AsymmetricKey key = storedScalar(own, each.kind(), each.bytes("d"));
            assertThat(key.publicKey()).as(each.toString()).isEqualTo(point(each));
            SignatureScheme scheme = SignatureScheme.valueOf(
                    switch (each.kind().size()) {
                        case 256 -> "ECDSA_SHA_256";
                        case 384 -> "ECDSA_SHA_384";
                        default -> "ECDSA_SHA_512";
                    });
            Secret message = Secret.copyOf(each.bytes("Msg"));
            Bytes signature = own.sign(key, scheme, MessageForm.RAW, message);
            assertThat(own.verify(each.kind(), key.publicKey(), scheme, MessageForm.RAW, message, signature))
                    .isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void ecdh(Supplier<Algorithms> source) throws Exception {
        AsymmetricKeys own = new AsymmetricKeys(vault, new TestEntropy(2), source);
        List<Vectors.Case> cases = Vectors.read("cavp-ecdh.rsp");
        assertThat(cases).hasSizeGreaterThan(90);
        int agreed = 0;
        for (Vectors.Case each : cases) {
            Bytes peer;
            AsymmetricKey key;
            try {
                peer = point(each);
                key = storedScalar(own, each.kind(), each.bytes("d"));
            } catch (IllegalArgumentException _) {
                assertThat(each.passes()).isFalse(); // Not on the curve, or out of range: no library writes it down.
                continue;
            }
            Optional<Secret> shared = own.agree(key, peer);
            boolean theirs =
                    shared.map(secret -> Bytes.copyOf(secret.reveal()).hex()).equals(Optional.of(each.text("Z")));
            // What else fails there fails for the other party's public key, which we do not take from anyone.
            assertThat(theirs || !each.passes()).as(each.toString()).isTrue();
            agreed += theirs ? 1 : 0;
        }
        assertThat(agreed).isEqualTo(30);
    }

    /** A peer that would salt less: valid by PKCS #1, and not what KMS takes. */
    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void rsaPss_saltShorterThanTheHash_isRefused(Supplier<Algorithms> source) throws Exception {
        AsymmetricKeys own = new AsymmetricKeys(vault, new TestEntropy(2), source);
        List<Vectors.Case> cases = Vectors.read("cavp-rsa-pss-salt.rsp");
        assertThat(cases).hasSize(9);
        for (Vectors.Case each : cases) {
            var parts =
                    new RSAKeyParameters(false, new BigInteger(each.text("n"), 16), new BigInteger(each.text("e"), 16));
            assertThat(own.verify(
                            each.kind(),
                            Bytes.adopt(KeyForms.encodedPublic(parts)),
                            SignatureScheme.valueOf(each.text("Scheme")),
                            MessageForm.RAW,
                            Secret.copyOf(each.bytes("Msg")),
                            Bytes.adopt(each.bytes("Sig"))))
                    .isFalse();
        }
    }

    @Test
    void ed25519() throws Exception {
        List<Vectors.Case> cases = Vectors.read("acvp-ed25519.rsp", "rfc8032.rsp");
        assertThat(cases).hasSize(32 + 6);
        EdwardsKeys edwards = new EdwardsKeys(new ParsedKeys(vault));
        for (Vectors.Case each : cases) {
            boolean pure = each.text("Form").equals("pure");
            byte[] message = each.bytes("Msg");
            Bytes signature = Bytes.adopt(each.bytes("Sig"));
            boolean expected = !each.has("Result") || each.passes();
            Bytes publicKey;
            try {
                publicKey = Bytes.adopt(KeyForms.encodedPublic(new Ed25519PublicKeyParameters(each.bytes("Public"))));
            } catch (IllegalArgumentException _) {
                assertThat(expected).as(each.toString()).isFalse(); // No point of the curve.
                continue;
            }
            // The prehashed form below its entry point, which takes digests alone and so hashes twice, as KMS does.
            assertThat(
                            pure
                                    ? edwards.verify(publicKey, message, signature)
                                    : edwards.verifyPrehashed(publicKey, message, signature))
                    .as(each.toString())
                    .isEqualTo(expected);
            if (each.has("Seed")) {
                AsymmetricKey key = stored(
                        keys, KeyKind.ECC_NIST_EDWARDS25519, new Ed25519PrivateKeyParameters(each.bytes("Seed")));
                assertThat(key.publicKey()).isEqualTo(publicKey);
                Bytes own = pure
                        ? keys.sign(key, SignatureScheme.ED25519_SHA_512, MessageForm.RAW, Secret.copyOf(message))
                        : edwards.signPrehashed(key, message);
                assertThat(own).as(each.toString()).isEqualTo(signature);
            }
        }
    }

    @Test
    void mlDsa_keysFromSeeds() {
        List<Vectors.Case> cases = Vectors.read("acvp-ml-dsa-keygen.rsp");
        assertThat(cases).hasSize(9);
        for (Vectors.Case each : cases) {
            var key = new MLDSAPrivateKeyParameters(KeyForms.mlDsa(each.kind()), each.bytes("Seed"));
            assertThat(key.getEncoded()).isEqualTo(each.bytes("Private"));
            assertThat(stored(keys, each.kind(), key).publicKey().hex()).endsWith(each.text("Public"));
        }
    }

    /** Hedged with the randomness of the case, zeros where it is deterministic. */
    @Test
    void mlDsa_signed_isTheirSignature() {
        List<Vectors.Case> cases = Vectors.read("acvp-ml-dsa-sign.rsp");
        assertThat(cases).hasSize(14);
        for (Vectors.Case each : cases) {
            AsymmetricKeys own = withRandom(each.bytes("Random"));
            AsymmetricKey key = stored(
                    own,
                    each.kind(),
                    new MLDSAPrivateKeyParameters(KeyForms.mlDsa(each.kind()), each.bytes("Private")));
            Secret message = Secret.copyOf(each.bytes("Msg"));
            MessageForm form = MessageForm.valueOf(each.text("Form"));
            Bytes signature = Bytes.adopt(each.bytes("Sig"));
            assertThat(own.verify(
                            each.kind(), key.publicKey(), SignatureScheme.ML_DSA_SHAKE_256, form, message, signature))
                    .as(each.text("Case"))
                    .isTrue();
            assertThat(own.sign(key, SignatureScheme.ML_DSA_SHAKE_256, form, message))
                    .as(each.text("Case"))
                    .isEqualTo(signature);
        }
    }

    @Test
    void mlDsa_verified() throws Exception {
        List<Vectors.Case> cases = Vectors.read("acvp-ml-dsa-verify.rsp");
        assertThat(cases).hasSize(27);
        for (Vectors.Case each : cases) {
            Bytes publicKey = Bytes.adopt(KeyForms.encodedPublic(
                    new MLDSAPublicKeyParameters(KeyForms.mlDsa(each.kind()), each.bytes("Public"))));
            assertThat(keys.verify(
                            each.kind(),
                            publicKey,
                            SignatureScheme.ML_DSA_SHAKE_256,
                            MessageForm.valueOf(each.text("Form")),
                            Secret.copyOf(each.bytes("Msg")),
                            Bytes.adopt(each.bytes("Sig"))))
                    .as(each.text("Case") + " " + each.text("Reason"))
                    .isEqualTo(each.passes());
        }
    }

    @Test
    void mlKem_keysFromSeeds() {
        List<Vectors.Case> cases = Vectors.read("acvp-ml-kem-keygen.rsp");
        assertThat(cases).hasSize(9);
        for (Vectors.Case each : cases) {
            byte[] seed = HexFormat.of().parseHex(each.text("d") + each.text("z"));
            var key = new MLKEMPrivateKeyParameters(KeyForms.mlKem(each.kind()), seed);
            assertThat(key.getEncoded()).isEqualTo(each.bytes("Private"));
            assertThat(stored(keys, each.kind(), key).publicKey().hex()).endsWith(each.text("Public"));
        }
    }

    @Test
    void mlKem() throws Exception {
        List<Vectors.Case> cases = Vectors.read("acvp-ml-kem.rsp");
        assertThat(cases).hasSize(42);
        for (Vectors.Case each : cases) {
            switch (each.text("Function")) {
                case "encapsulation" -> {
                    Encapsulated made = withRandom(each.bytes("m")).encapsulate(each.kind(), mlKemPublic(each));
                    assertThat(made.ciphertext().hex()).isEqualTo(each.text("Ct"));
                    assertThat(made.sharedSecret().reveal()).isEqualTo(each.bytes("Shared"));
                }
                case "decapsulation" ->
                    assertThat(keys.decapsulate(mlKemPrivate(each).orElseThrow(), Bytes.adopt(each.bytes("Ct")))
                                    .orElseThrow()
                                    .reveal())
                            .as(each.text("Reason"))
                            .isEqualTo(each.bytes("Shared"));
                case "encapsulationKeyCheck" ->
                    assertThat(isPublic(each)).as(each.text("Reason")).isEqualTo(each.passes());
                default ->
                    assertThat(mlKemPrivate(each).isPresent())
                            .as(each.text("Reason"))
                            .isEqualTo(each.passes());
            }
        }
    }

    private boolean isPublic(Vectors.Case each) {
        try {
            return KeyForms.readPublic(each.kind(), mlKemPublic(each).unsafeArray())
                    .isPresent();
        } catch (IOException | RuntimeException _) {
            return false;
        }
    }

    private Optional<AsymmetricKey> mlKemPrivate(Vectors.Case each) {
        try {
            var key = new MLKEMPrivateKeyParameters(KeyForms.mlKem(each.kind()), each.bytes("Private"));
            try (Secret pkcs8 = KeyForms.canonical(key).privateKey()) {
                return keys.importPrivate(VectorKeys.ACCOUNT, VectorKeys.KEY, each.kind(), pkcs8);
            }
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }

    private static Bytes mlKemPublic(Vectors.Case each) throws IOException {
        return Bytes.adopt(KeyForms.encodedPublic(
                new MLKEMPublicKeyParameters(KeyForms.mlKem(each.kind()), each.bytes("Public"))));
    }

    private static Bytes point(Vectors.Case each) throws IOException {
        ECNamedDomainParameters curve = KeyForms.curve(each.kind());
        var point =
                curve.getCurve().createPoint(new BigInteger(each.text("Qx"), 16), new BigInteger(each.text("Qy"), 16));
        return Bytes.adopt(KeyForms.encodedPublic(new ECPublicKeyParameters(point, curve)));
    }

    /** Keys whose only chance is this; what is stored beside them has its own. */
    private AsymmetricKeys withRandom(byte[] random) {
        Entropy fixed = target -> System.arraycopy(random, 0, target, 0, target.length);
        return new AsymmetricKeys(vault, fixed);
    }
}
