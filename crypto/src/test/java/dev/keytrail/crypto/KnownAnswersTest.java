package dev.keytrail.crypto;

import static dev.keytrail.crypto.VectorKeys.ACCOUNT;
import static dev.keytrail.crypto.VectorKeys.KEY;
import static dev.keytrail.crypto.VectorKeys.stored;
import static dev.keytrail.crypto.VectorKeys.storedScalar;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Published answers; each file of vectors tells its origin. */
class KnownAnswersTest {
    private final Vault vault = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1));

    @Test
    void messageKey_ofNistVectors_isTheirs() throws Exception {
        List<Vectors.Case> cases = Vectors.read("kbkdf-ctr-hmac-sha256.rsp", "acvp-kdf.rsp");
        assertThat(cases).hasSize(10 + 14);
        for (Vectors.Case each : cases) {
            KeyedCipher cipher = new KeyedCipher();
            byte[] base = each.bytes("KI");
            System.arraycopy(base, 0, cipher.baseKey, 0, 32);
            byte[] fixed = each.bytes("FixedInputData");
            byte[] input = new byte[4 + fixed.length];
            input[3] = 1;
            System.arraycopy(fixed, 0, input, 4, fixed.length);
            cipher.derive(input);
            byte[] sealed = new byte[3 + 16];
            cipher.seal(new byte[] {1, 2, 3}, sealed, 0, new byte[0]);
            Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
            gcm.init(
                    Cipher.DECRYPT_MODE,
                    new SecretKeySpec(each.bytes("KO"), "AES"),
                    new GCMParameterSpec(128, new byte[12]));
            assertThat(gcm.doFinal(sealed)).containsExactly(1, 2, 3);
        }
    }

    @Test
    void hmac_rfc4231AndNist() {
        HmacKeys keys = new HmacKeys(vault, new TestEntropy(2));
        List<Vectors.Case> cases = Vectors.read("hmac-rfc4231.rsp", "acvp-hmac.rsp");
        assertThat(cases).hasSize(24 + 100);
        for (Vectors.Case each : cases) {
            Secret material = Secret.copyOf(each.bytes("Key"));
            String id = MaterialId.of(KEY, material);
            var wrapped = new WrappedMaterial(id, vault.wrap(material, MaterialId.nameInVault(ACCOUNT, KEY, id)));
            MacScheme scheme = MacScheme.of("HMAC_SHA_" + each.text("Bits")).orElseThrow();
            byte[] mac = keys.mac(ACCOUNT, KEY, wrapped, scheme, Secret.copyOf(each.bytes("Msg")))
                    .toArray();
            byte[] expected = each.bytes("Mac");
            assertThat(Arrays.copyOf(mac, expected.length)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void ecdsa_nist(Supplier<Algorithms> source) throws Exception {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2), source);
        List<Vectors.Case> cases =
                Vectors.read("ecdsa-verify.rsp", "acvp-ecdsa.rsp", "acvp-det-ecdsa.rsp", "rfc6979.rsp");
        assertThat(cases).hasSizeGreaterThan(100);
        for (Vectors.Case each : cases) {
            ECNamedDomainParameters curve = KeyForms.curve(each.kind());
            boolean good = each.passes();
            Bytes spki;
            try {
                var point = curve.getCurve()
                        .createPoint(new BigInteger(each.text("Qx"), 16), new BigInteger(each.text("Qy"), 16));
                spki = Bytes.adopt(KeyForms.encodedPublic(new ECPublicKeyParameters(point, curve)));
            } catch (IllegalArgumentException _) {
                assertThat(good).isFalse();
                continue;
            }
            byte[] signature = StandardDSAEncoding.INSTANCE.encode(
                    curve.getN(), new BigInteger(each.text("R"), 16), new BigInteger(each.text("S"), 16));
            SignatureScheme scheme = Arrays.stream(SignatureScheme.values())
                    .filter(candidate -> candidate.fits(each.kind()))
                    .findFirst()
                    .orElseThrow();
            assertThat(keys.verify(
                            each.kind(),
                            spki,
                            scheme,
                            MessageForm.RAW,
                            Secret.copyOf(each.bytes("Msg")),
                            Bytes.adopt(signature)))
                    .as(each.toString())
                    .isEqualTo(good);
        }
    }

    @ParameterizedTest
    @MethodSource("dev.keytrail.crypto.VectorKeys#sources")
    void rsaPkcs1_nist(Supplier<Algorithms> source) throws Exception {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2), source);
        List<Vectors.Case> cases = Vectors.read("rsa-pkcs1-verify.rsp", "acvp-rsa-pkcs1.rsp");
        assertThat(cases).hasSizeGreaterThan(60);
        int good = 0;
        for (Vectors.Case each : cases) {
            Bytes spki = Bytes.adopt(KeyForms.encodedPublic(new RSAKeyParameters(
                    false, new BigInteger(each.text("n"), 16), new BigInteger(each.text("e"), 16))));
            SignatureScheme scheme = SignatureScheme.of(
                            "RSASSA_PKCS1_V1_5_" + each.text("SHAAlg").replace("SHA", "SHA_"))
                    .orElseThrow();
            boolean expected = each.passes();
            good += expected ? 1 : 0;
            assertThat(keys.verify(
                            each.kind(),
                            spki,
                            scheme,
                            MessageForm.RAW,
                            Secret.copyOf(each.bytes("Msg")),
                            Bytes.adopt(each.bytes("S"))))
                    .as(each.toString())
                    .isEqualTo(expected);
        }
        assertThat(good).isGreaterThan(5);
    }

    @Test
    void ed25519_itsAuthors() {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2));
        List<Vectors.Case> cases = Vectors.read("ed25519.rsp");
        assertThat(cases).hasSizeGreaterThan(40);
        for (Vectors.Case each : cases) {
            AsymmetricKey key =
                    stored(keys, KeyKind.ECC_NIST_EDWARDS25519, new Ed25519PrivateKeyParameters(each.bytes("Seed")));
            assertThat(key.publicKey().hex()).endsWith(each.text("Public"));
            Bytes signature =
                    keys.sign(key, SignatureScheme.ED25519_SHA_512, MessageForm.RAW, Secret.copyOf(each.bytes("Msg")));
            assertThat(signature.hex()).isEqualTo(each.text("Sig"));
        }
    }

    /** RFC 8032 section 7.3. */
    @Test
    void ed25519ph_rfc8032() {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2));
        byte[] seed = HexFormat.of().parseHex("833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42");
        AsymmetricKey key = stored(keys, KeyKind.ECC_NIST_EDWARDS25519, new Ed25519PrivateKeyParameters(seed));
        EdwardsKeys edwards = new EdwardsKeys(new ParsedKeys(vault));
        byte[] message = "abc".getBytes(StandardCharsets.US_ASCII);
        Bytes signature = edwards.signPrehashed(key, message);
        assertThat(signature.hex())
                .isEqualTo("98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
                        + "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406");
        assertThat(edwards.verifyPrehashed(key.publicKey(), message, signature)).isTrue();
    }

    @Test
    void mlDsa_keysFromSeeds_areTheStandards() {
        List<Vectors.Case> cases = Vectors.read("ml-dsa-keygen.rsp");
        assertThat(cases).hasSize(15);
        for (Vectors.Case each : cases) {
            var key = new MLDSAPrivateKeyParameters(KeyForms.mlDsa(each.kind()), each.bytes("xi"));
            assertThat(key.getPublicKey()).isEqualTo(each.bytes("pk"));
            assertThat(key.getEncoded()).isEqualTo(each.bytes("sk"));
        }
    }

    @Test
    void mlKem_keysFromSeeds_decapsulateAsTheStandard() {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2));
        List<Vectors.Case> cases = Vectors.read("ml-kem.rsp");
        assertThat(cases).hasSize(24);
        for (Vectors.Case each : cases) {
            byte[] seed = HexFormat.of().parseHex(each.text("d") + each.text("z"));
            AsymmetricKey key =
                    stored(keys, each.kind(), new MLKEMPrivateKeyParameters(KeyForms.mlKem(each.kind()), seed));
            assertThat(key.publicKey().hex()).endsWith(each.text("pk"));
            assertThat(keys.decapsulate(key, Bytes.adopt(each.bytes("ct")))
                            .orElseThrow()
                            .reveal())
                    .isEqualTo(each.bytes("ss"));
            assertThat(keys.decapsulate(key, Bytes.adopt(each.bytes("ct_n")))
                            .orElseThrow()
                            .reveal())
                    .as("implicit rejection")
                    .isEqualTo(each.bytes("ss_n"));
        }
    }

    /** GB/T 32918.5 annex A.2. */
    @Test
    void sm2_itsStandard() throws Exception {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2));
        ECNamedDomainParameters curve = ECNamedDomainParameters.lookup(GMObjectIdentifiers.sm2p256v1);
        var d = new BigInteger("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8", 16);
        AsymmetricKey key = stored(keys, KeyKind.SM2, new ECPrivateKeyParameters(d, curve));
        assertThat(key.publicKey().hex())
                .endsWith("09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
                        + "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
        byte[] signature = StandardDSAEncoding.INSTANCE.encode(
                curve.getN(),
                new BigInteger("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3", 16),
                new BigInteger("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA", 16));
        byte[] message = "message digest".getBytes(StandardCharsets.US_ASCII);
        assertThat(keys.verify(
                        KeyKind.SM2,
                        key.publicKey(),
                        SignatureScheme.SM2DSA,
                        MessageForm.RAW,
                        Secret.copyOf(message),
                        Bytes.adopt(signature)))
                .isTrue();
        byte[] e = HexFormat.of().parseHex("f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640");
        assertThat(keys.verify(
                        KeyKind.SM2,
                        key.publicKey(),
                        SignatureScheme.SM2DSA,
                        MessageForm.DIGEST,
                        Secret.copyOf(e),
                        Bytes.adopt(signature)))
                .isTrue();
    }

    /** GB/T 32918.5 annex C.2. */
    @Test
    void sm2_decryptsItsStandardsExample() throws Exception {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2));
        byte[] d = HexFormat.of().parseHex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8");
        byte[] ciphertext = new DERSequence(new ASN1Encodable[] {
                    new ASN1Integer(
                            new BigInteger("04ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73", 16)),
                    new ASN1Integer(
                            new BigInteger("e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0", 16)),
                    new DEROctetString(HexFormat.of()
                            .parseHex("59983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766")),
                    new DEROctetString(HexFormat.of().parseHex("21886ca989ca9c7d58087307ca93092d651efa"))
                })
                .getEncoded("DER");
        assertThat(keys.decrypt(storedScalar(keys, KeyKind.SM2, d), EncryptionScheme.SM2PKE, Bytes.adopt(ciphertext))
                        .map(plaintext -> new String(plaintext.reveal(), StandardCharsets.US_ASCII)))
                .contains("encryption standard");
    }
}
