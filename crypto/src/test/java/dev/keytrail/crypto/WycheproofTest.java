package dev.keytrail.crypto;

import static dev.keytrail.crypto.VectorKeys.ACCOUNT;
import static dev.keytrail.crypto.VectorKeys.KEY;
import static dev.keytrail.crypto.VectorKeys.imported;
import static dev.keytrail.crypto.VectorKeys.stored;
import static dev.keytrail.crypto.VectorKeys.storedScalar;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.crypto.spec.GCMParameterSpec;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Project Wycheproof's cases, half of them made to be refused, through the same entry points that calls go through; with
 * the native library and without. NIST's cases of the same form run beside them.
 */
class WycheproofTest {
    private final Vault vault = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1));

    private AsymmetricKeys keys(Supplier<Algorithms> source) {
        return new AsymmetricKeys(vault, new TestEntropy(2), source);
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void ecdsa(Supplier<Algorithms> source) {
        verifies(
                source,
                "wycheproof-ecdsa.rsp",
                800,
                each -> Arrays.stream(SignatureScheme.values())
                        .filter(scheme -> scheme.fits(each.kind()))
                        .findFirst()
                        .orElseThrow());
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void rsaPkcs1(Supplier<Algorithms> source) {
        verifies(source, "wycheproof-rsa-pkcs1.rsp", 150, WycheproofTest::named);
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void rsaPss(Supplier<Algorithms> source) {
        verifies(source, "wycheproof-rsa-pss.rsp", 100, WycheproofTest::named);
    }

    @Test
    void mlDsa() {
        verifies(Algorithms::fastest, "wycheproof-ml-dsa-verify.rsp", 30, _ -> SignatureScheme.ML_DSA_SHAKE_256);
    }

    @Test
    void ed25519() {
        AsymmetricKeys keys = keys(Algorithms::fastest);
        List<Vectors.Case> cases = Vectors.read("wycheproof-ed25519.rsp");
        assertThat(cases).hasSizeGreaterThan(120);
        for (Vectors.Case each : cases) {
            verifies(keys, each, KeyKind.ECC_NIST_EDWARDS25519, SignatureScheme.ED25519_SHA_512);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void rsaOaep(Supplier<Algorithms> source) {
        AsymmetricKeys keys = keys(source);
        List<Vectors.Case> cases = Vectors.read("wycheproof-rsa-oaep.rsp");
        assertThat(cases).hasSizeGreaterThan(100);
        Map<String, AsymmetricKey> privates = new HashMap<>();
        for (Vectors.Case each : cases) {
            AsymmetricKey key = privates.computeIfAbsent(
                    each.text("Private"), _ -> imported(keys, each.kind(), each.bytes("Private")));
            EncryptionScheme scheme = EncryptionScheme.of(each.text("Scheme")).orElseThrow();
            Optional<String> opened = keys.decrypt(key, scheme, Bytes.adopt(each.bytes("Ct")))
                    .map(plaintext -> Bytes.copyOf(plaintext.reveal()).hex());
            assertThat(opened)
                    .as(name(each))
                    .isEqualTo(isValid(each) ? Optional.of(each.text("Msg")) : Optional.empty());
        }
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void ecdh(Supplier<Algorithms> source) {
        AsymmetricKeys keys = keys(source);
        List<Vectors.Case> cases = Vectors.read("wycheproof-ecdh.rsp");
        assertThat(cases).hasSizeGreaterThan(350);
        int agreed = 0;
        for (Vectors.Case each : cases) {
            AsymmetricKey key = storedScalar(keys, each.kind(), each.bytes("Private"));
            Optional<String> secret = keys.agree(key, Bytes.adopt(each.bytes("Public")))
                    .map(shared -> Bytes.copyOf(shared.reveal()).hex());
            // What is acceptable may be refused: a compressed point, an encoding nobody writes.
            if (isValid(each) || (each.text("Result").equals("acceptable") && secret.isPresent())) {
                assertThat(secret).as(name(each)).contains(each.text("Shared"));
                agreed++;
            } else {
                assertThat(secret).as(name(each)).isEmpty();
            }
        }
        assertThat(agreed).isGreaterThan(100);
    }

    @Test
    void hmac() {
        HmacKeys keys = new HmacKeys(vault, new TestEntropy(2));
        List<Vectors.Case> cases = Vectors.read("wycheproof-hmac.rsp");
        assertThat(cases).hasSizeGreaterThan(300);
        for (Vectors.Case each : cases) {
            Secret material = Secret.copyOf(each.bytes("Key"));
            String id = MaterialId.of(KEY, material);
            var wrapped = new WrappedMaterial(id, vault.wrap(material, MaterialId.nameInVault(ACCOUNT, KEY, id)));
            MacScheme scheme = MacScheme.of("HMAC_SHA_" + each.text("Bits")).orElseThrow();
            byte[] tag = each.bytes("Tag");
            boolean whole = tag.length * 8 == Integer.parseInt(each.text("Bits"));
            Secret message = Secret.copyOf(each.bytes("Msg"));
            if (whole) {
                assertThat(keys.verify(ACCOUNT, KEY, wrapped, scheme, message, Bytes.adopt(tag)))
                        .as(name(each))
                        .isEqualTo(isValid(each));
            } else {
                // Half a tag is none here, however right it is.
                byte[] mac = keys.mac(ACCOUNT, KEY, wrapped, scheme, message).toArray();
                assertThat(Arrays.equals(Arrays.copyOf(mac, tag.length), tag))
                        .as(name(each))
                        .isEqualTo(isValid(each));
                assertThat(keys.verify(ACCOUNT, KEY, wrapped, scheme, message, Bytes.adopt(tag)))
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"wycheproof-aes-gcm.rsp", "cavp-aes-gcm.rsp"})
    void aesGcm(String file) {
        List<Vectors.Case> cases = Vectors.read(file);
        assertThat(cases).hasSizeGreaterThan(60);
        for (Vectors.Case each : cases) {
            KeyedCipher cipher = new KeyedCipher(new GCMParameterSpec(128, each.bytes("Iv")));
            byte[] sealed = HexFormat.of().parseHex(each.text("Ct") + each.text("Tag"));
            byte[] plaintext = new byte[sealed.length - KeyedCipher.TAG_BYTES];
            System.arraycopy(each.bytes("Key"), 0, cipher.messageKey, 0, KeyedCipher.KEY_BYTES);
            assertThat(cipher.open(sealed, 0, each.bytes("Aad"), plaintext))
                    .as(name(each))
                    .isEqualTo(isValid(each));
            if (isValid(each)) {
                assertThat(plaintext).isEqualTo(each.bytes("Msg"));
                byte[] again = new byte[sealed.length];
                KeyedCipher other = new KeyedCipher(new GCMParameterSpec(128, each.bytes("Iv")));
                System.arraycopy(each.bytes("Key"), 0, other.messageKey, 0, KeyedCipher.KEY_BYTES);
                other.seal(plaintext, again, 0, each.bytes("Aad"));
                assertThat(again).isEqualTo(sealed);
            } else {
                assertThat(plaintext).isEqualTo(new byte[plaintext.length]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void keyWrapWithPadding_behindOaep(Supplier<Algorithms> source) {
        AsymmetricKeys keys = keys(source);
        AsymmetricKey wrapping = keys.generate(ACCOUNT, KEY, KeyKind.RSA_2048);
        List<Vectors.Case> cases = new ArrayList<>(Vectors.read("wycheproof-aes-kwp.rsp"));
        cases.addAll(Vectors.read("acvp-aes-kwp.rsp"));
        assertThat(cases).hasSizeGreaterThan(130);
        for (Vectors.Case each : cases) {
            Bytes first = keys.encrypt(
                    KeyKind.RSA_2048,
                    wrapping.publicKey(),
                    EncryptionScheme.RSAES_OAEP_SHA_256,
                    Secret.copyOf(each.bytes("Key")));
            byte[] second = each.bytes("Ct");
            byte[] both = Arrays.copyOf(first.toArray(), first.size() + second.length);
            System.arraycopy(second, 0, both, first.size(), second.length);
            Optional<String> material = keys.unwrap(
                            wrapping, WrappingScheme.RSA_AES_KEY_WRAP_SHA_256, Bytes.adopt(both))
                    .map(secret -> Bytes.copyOf(secret.reveal()).hex());
            assertThat(material)
                    .as(name(each))
                    .isEqualTo(isValid(each) ? Optional.of(each.text("Msg")) : Optional.empty());
        }
    }

    @Test
    void mlDsa_keysFromSeeds_andTheirMu() {
        AsymmetricKeys keys = keys(Algorithms::fastest);
        List<Vectors.Case> cases = Vectors.read("wycheproof-ml-dsa-seed.rsp");
        assertThat(cases).hasSizeGreaterThan(20);
        for (Vectors.Case each : cases) {
            AsymmetricKey key = imported(keys, each.kind(), each.bytes("Private"));
            assertThat(key.publicKey().hex()).as(name(each)).endsWith(each.text("Public"));
            Bytes signature = Bytes.adopt(each.bytes("Sig"));
            assertThat(keys.verify(
                            each.kind(),
                            key.publicKey(),
                            SignatureScheme.ML_DSA_SHAKE_256,
                            MessageForm.EXTERNAL_MU,
                            Secret.copyOf(each.bytes("Mu")),
                            signature))
                    .as(name(each))
                    .isTrue();
        }
    }

    @Test
    void mlKem() {
        AsymmetricKeys keys = keys(Algorithms::fastest);
        List<Vectors.Case> cases = Vectors.read("wycheproof-ml-kem.rsp");
        assertThat(cases).hasSizeGreaterThan(70);
        for (Vectors.Case each : cases) {
            Optional<Secret> secret;
            try {
                AsymmetricKey key = stored(
                        keys,
                        each.kind(),
                        new MLKEMPrivateKeyParameters(KeyForms.mlKem(each.kind()), each.bytes("Seed")));
                secret = keys.decapsulate(key, Bytes.adopt(each.bytes("C")));
            } catch (IllegalArgumentException _) {
                secret = Optional.empty(); // A seed of a wrong length is no key.
            }
            if (isValid(each)) {
                assertThat(secret.map(shared -> Bytes.copyOf(shared.reveal()).hex()))
                        .as(name(each))
                        .contains(each.text("K"));
            } else {
                assertThat(secret).as(name(each)).isEmpty();
            }
        }
    }

    private void verifies(
            Supplier<Algorithms> source, String file, int least, Function<Vectors.Case, SignatureScheme> scheme) {
        AsymmetricKeys keys = keys(source);
        List<Vectors.Case> cases = Vectors.read(file);
        assertThat(cases).hasSizeGreaterThan(least);
        for (Vectors.Case each : cases) {
            verifies(keys, each, each.kind(), scheme.apply(each));
        }
    }

    private static void verifies(AsymmetricKeys keys, Vectors.Case each, KeyKind kind, SignatureScheme scheme) {
        Bytes publicKey = Bytes.adopt(each.bytes("Public"));
        if (KeyForms.readPublic(kind, publicKey.unsafeArray()).isEmpty()) {
            // Nothing here would ever have stored such a key.
            assertThat(isValid(each)).as(name(each)).isFalse();
            return;
        }
        boolean verified = keys.verify(
                kind,
                publicKey,
                scheme,
                MessageForm.RAW,
                Secret.copyOf(each.bytes("Msg")),
                Bytes.adopt(each.bytes("Sig")));
        // The one acceptable case is a DigestInfo without its NULL, which we refuse.
        assertThat(verified).as(name(each)).isEqualTo(isValid(each));
    }

    private static SignatureScheme named(Vectors.Case each) {
        return SignatureScheme.of(each.text("Scheme")).orElseThrow();
    }

    private static boolean isValid(Vectors.Case each) {
        return each.text("Result").equals("valid");
    }

    private static String name(Vectors.Case each) {
        return each.text("File") + " " + each.text("Case");
    }
}
