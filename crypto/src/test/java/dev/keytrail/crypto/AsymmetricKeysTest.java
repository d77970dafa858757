package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.KeyKind.Family;
import java.nio.charset.StandardCharsets;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SHAKEDigest;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class AsymmetricKeysTest {
    private static final String ACCOUNT = "111122223333";
    private static final String KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final Vault VAULT = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1));

    /** One key of each kind for all tests here: RSA takes its time. */
    private static final Map<KeyKind, AsymmetricKey> STORED = new EnumMap<>(KeyKind.class);

    private final AsymmetricKeys fastest = new AsymmetricKeys(VAULT, new TestEntropy(2));
    private final AsymmetricKeys plainJava = new AsymmetricKeys(VAULT, new TestEntropy(3), Algorithms::withoutAccp);

    private static synchronized AsymmetricKey key(KeyKind kind) {
        return STORED.computeIfAbsent(
                kind, wanted -> new AsymmetricKeys(VAULT, new TestEntropy(4)).generate(ACCOUNT, KEY, wanted));
    }

    private record Way(KeyKind kind, SignatureScheme scheme, MessageForm form) {
        byte[] message(long seed) {
            return new TestEntropy(seed).bytes(scheme.exactBytes(form).orElse(333));
        }
    }

    static List<Way> ways() {
        List<Way> ways = new ArrayList<>();
        for (KeyKind kind : KeyKind.values()) {
            for (SignatureScheme scheme : SignatureScheme.values()) {
                for (MessageForm form : MessageForm.values()) {
                    if (scheme.fits(kind) && scheme.takes(form)) {
                        ways.add(new Way(kind, scheme, form));
                    }
                }
            }
        }
        return ways;
    }

    static List<Supplier<Algorithms>> sources() {
        return List.of(Algorithms::fastest, Algorithms::withoutAccp);
    }

    @Test
    void ways_areAllOfTheModel() {
        // RSA 3 x 6 x 2, curves 4 x 2, Ed25519 1 + 1, ML-DSA 3 x 2, SM2 2
        assertThat(ways()).hasSize(36 + 8 + 2 + 6 + 2);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void signature_fromEitherSource_verifiesWithBoth(Way way) {
        AsymmetricKey key = key(way.kind());
        byte[] message = way.message(7);
        for (AsymmetricKeys signer : List.of(fastest, plainJava)) {
            Bytes signature = signer.sign(key, way.scheme(), way.form(), Secret.copyOf(message));
            for (AsymmetricKeys verifier : List.of(fastest, plainJava)) {
                assertThat(verifies(verifier, way, message, signature)).isTrue();
                assertThat(verifies(verifier, way, way.message(8), signature)).isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void signature_altered_isFalseAndNoException(Way way) {
        AsymmetricKey key = key(way.kind());
        byte[] message = way.message(7);
        byte[] good = fastest.sign(key, way.scheme(), way.form(), Secret.copyOf(message))
                .toArray();
        List<byte[]> bad = new ArrayList<>(List.of(
                new byte[0],
                new byte[1],
                "not a signature".getBytes(StandardCharsets.US_ASCII),
                new byte[good.length],
                Arrays.copyOf(good, good.length - 1),
                Arrays.copyOf(good, good.length + 1)));
        byte[] ones = new byte[good.length];
        Arrays.fill(ones, (byte) 0xFF);
        bad.add(ones);
        for (int at = 0; at < good.length; at += 1 + good.length / 8) {
            byte[] altered = good.clone();
            altered[at] ^= 1;
            bad.add(altered);
        }
        for (byte[] each : bad) {
            for (AsymmetricKeys verifier : List.of(fastest, plainJava)) {
                assertThat(verifies(verifier, way, message, Bytes.copyOf(each)))
                        .as(Bytes.copyOf(each).hex())
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(SignatureScheme.class)
    void signature_ofRawMessage_verifiesOverItsDigest(SignatureScheme scheme) throws Exception {
        for (Way way : ways()) {
            if (way.scheme() == scheme
                    && way.form() == MessageForm.DIGEST
                    && scheme.takes(MessageForm.RAW)
                    && way.kind() != KeyKind.SM2) {
                byte[] message = new TestEntropy(5).bytes(4096);
                byte[] digest = MessageDigest.getInstance(scheme.hash()).digest(message);
                Bytes raw = fastest.sign(key(way.kind()), scheme, MessageForm.RAW, Secret.copyOf(message));
                assertThat(verifies(fastest, way, digest, raw)).isTrue();
            }
        }
    }

    /** Ours come from Bouncy Castle, so the others have a look. */
    @Test
    void signature_onOtherCurves_isWhatOtherLibrariesExpect() throws Exception {
        byte[] message = new TestEntropy(3).bytes(333);
        AsymmetricKey edwards = key(KeyKind.ECC_NIST_EDWARDS25519);
        Signature jdk = Signature.getInstance("Ed25519", "SunEC");
        jdk.initVerify(jdkPublic(edwards));
        jdk.update(message);
        Bytes signature =
                fastest.sign(edwards, SignatureScheme.ED25519_SHA_512, MessageForm.RAW, Secret.copyOf(message));
        assertThat(jdk.verify(signature.toArray())).isTrue();

        if (Algorithms.accp().isPresent()) {
            AsymmetricKey secg = key(KeyKind.ECC_SECG_P256K1);
            var accp = Algorithms.accp().get();
            Signature other = Signature.getInstance("SHA256withECDSA", accp);
            other.initVerify(KeyFactory.getInstance("EC", accp)
                    .generatePublic(new X509EncodedKeySpec(secg.publicKey().toArray())));
            other.update(message);
            Bytes ours = fastest.sign(secg, SignatureScheme.ECDSA_SHA_256, MessageForm.RAW, Secret.copyOf(message));
            assertThat(other.verify(ours.toArray())).isTrue();
        }
    }

    /** Against the JDK's own composed algorithms, which hash, pad and encode for themselves. */
    @ParameterizedTest
    @EnumSource(SignatureScheme.class)
    void signature_rsaAndEcdsa_isWhatTheJdkExpects(SignatureScheme scheme) throws Exception {
        String hash = scheme.hash().replace("-", "");
        for (Way way : ways()) {
            boolean rsa = way.kind().family() == Family.RSA;
            if (way.scheme() != scheme || way.form() != MessageForm.RAW) {
                continue;
            }
            if (!rsa && way.kind().family() != Family.NIST_CURVE) {
                continue;
            }
            byte[] message = way.message(3);
            Signature jdk = rsa
                    ? Signature.getInstance(
                            scheme.name().contains("PSS") ? "RSASSA-PSS" : hash + "withRSA", "SunRsaSign")
                    : Signature.getInstance(hash + "withECDSA", "SunEC");
            if (scheme.name().contains("PSS")) {
                jdk.setParameter(new PSSParameterSpec(
                        scheme.hash(), "MGF1", new MGF1ParameterSpec(scheme.hash()), scheme.hashBytes(), 1));
            }
            jdk.initVerify(jdkPublic(key(way.kind())));
            jdk.update(message);
            Bytes signature = fastest.sign(key(way.kind()), scheme, MessageForm.RAW, Secret.copyOf(message));
            assertThat(jdk.verify(signature.toArray())).as(way.toString()).isTrue();
        }
    }

    @Test
    void signature_withTheWrongSchemeFormOrLength_isRefused() {
        Secret hash = Secret.copyOf(new byte[32]);
        AsymmetricKey p256 = key(KeyKind.ECC_NIST_P256);
        for (Way wrong : List.of(
                new Way(KeyKind.ECC_NIST_P256, SignatureScheme.ECDSA_SHA_384, MessageForm.RAW),
                new Way(KeyKind.ECC_NIST_P256, SignatureScheme.RSASSA_PSS_SHA_256, MessageForm.RAW),
                new Way(KeyKind.ECC_NIST_P256, SignatureScheme.ECDSA_SHA_256, MessageForm.EXTERNAL_MU))) {
            assertThatThrownBy(() -> fastest.sign(p256, wrong.scheme(), wrong.form(), hash))
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> fastest.sign(
                        p256, SignatureScheme.ECDSA_SHA_256, MessageForm.DIGEST, Secret.copyOf(new byte[31])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(SignatureScheme.ED25519_SHA_512.takes(MessageForm.DIGEST)).isFalse();
        assertThat(SignatureScheme.ED25519_PH_SHA_512.takes(MessageForm.RAW)).isFalse();
    }

    /** FIPS 204 section 6.2 computed here: mu = SHAKE256(SHAKE256(pk, 64) | 0 | 0 | message, 64). */
    @ParameterizedTest
    @EnumSource(names = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
    void signature_overExternalMu_verifiesOverTheMessage(KeyKind kind) {
        AsymmetricKey key = key(kind);
        byte[] message = new TestEntropy(9).bytes(100);
        byte[] spki = key.publicKey().toArray();
        byte[] raw = Arrays.copyOfRange(spki, spki.length - publicBytes(kind), spki.length);
        byte[] tr = new byte[64];
        SHAKEDigest shake = new SHAKEDigest(256);
        shake.update(raw, 0, raw.length);
        shake.doFinal(tr, 0, 64);
        byte[] mu = new byte[64];
        shake.update(tr, 0, 64);
        shake.update(new byte[2], 0, 2);
        shake.update(message, 0, message.length);
        shake.doFinal(mu, 0, 64);

        Bytes fromMu = fastest.sign(key, SignatureScheme.ML_DSA_SHAKE_256, MessageForm.EXTERNAL_MU, Secret.copyOf(mu));
        Way raws = new Way(kind, SignatureScheme.ML_DSA_SHAKE_256, MessageForm.RAW);
        assertThat(verifies(fastest, raws, message, fromMu)).isTrue();
        Bytes fromMessage = fastest.sign(key, raws.scheme(), MessageForm.RAW, Secret.copyOf(message));
        Way mus = new Way(kind, SignatureScheme.ML_DSA_SHAKE_256, MessageForm.EXTERNAL_MU);
        assertThat(verifies(fastest, mus, mu, fromMessage)).isTrue();
    }

    @ParameterizedTest
    @MethodSource("sources")
    void encrypted_rsa_opensHereAndWithTheJdk(Supplier<Algorithms> source) throws Exception {
        AsymmetricKeys keys = new AsymmetricKeys(VAULT, new TestEntropy(5), source);
        Map<KeyKind, List<Integer>> longest = Map.of(
                KeyKind.RSA_2048,
                List.of(214, 190),
                KeyKind.RSA_3072,
                List.of(342, 318),
                KeyKind.RSA_4096,
                List.of(470, 446));
        for (KeyKind kind : longest.keySet()) {
            for (int which = 0; which < 2; which++) {
                EncryptionScheme scheme = EncryptionScheme.values()[which];
                int max = longest.get(kind).get(which);
                assertThat(scheme.plaintextBytesMax(kind)).isEqualTo(max);
                byte[] plaintext = new TestEntropy(max).bytes(max);
                Bytes ours = keys.encrypt(kind, key(kind).publicKey(), scheme, Secret.copyOf(plaintext));
                assertThat(ours.size()).isEqualTo(kind.size() / 8);
                Cipher jdk = Cipher.getInstance("RSA/ECB/OAEPPadding", "SunJCE");
                jdk.init(Cipher.ENCRYPT_MODE, jdkPublic(key(kind)), oaep(scheme));
                for (Bytes each : List.of(ours, Bytes.adopt(jdk.doFinal(plaintext)))) {
                    assertThat(keys.decrypt(key(kind), scheme, each)
                                    .orElseThrow()
                                    .reveal())
                            .isEqualTo(plaintext);
                    EncryptionScheme other = EncryptionScheme.values()[1 - which];
                    assertThat(keys.decrypt(key(kind), other, each)).isEmpty();
                }
                assertThatThrownBy(() ->
                                keys.encrypt(kind, key(kind).publicKey(), scheme, Secret.copyOf(new byte[max + 1])))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sources")
    void encrypted_altered_staysShut(Supplier<Algorithms> source) {
        AsymmetricKeys keys = new AsymmetricKeys(VAULT, new TestEntropy(5), source);
        for (EncryptionScheme scheme : EncryptionScheme.values()) {
            KeyKind kind = scheme == EncryptionScheme.SM2PKE ? KeyKind.SM2 : KeyKind.RSA_2048;
            byte[] good = keys.encrypt(kind, key(kind).publicKey(), scheme, Secret.copyOf(new byte[] {1, 2, 3}))
                    .toArray();
            assertThat(keys.decrypt(key(kind), scheme, Bytes.copyOf(good))
                            .orElseThrow()
                            .reveal())
                    .containsExactly(1, 2, 3);
            for (int at = 0; at < good.length; at += kind == KeyKind.SM2 ? 1 : 16) {
                byte[] bad = good.clone();
                bad[at] ^= 1;
                assertThat(keys.decrypt(key(kind), scheme, Bytes.copyOf(bad)))
                        .as("byte %d", at)
                        .isEmpty();
            }
            for (int size : new int[] {0, 1, good.length - 1, good.length + 1, 6144}) {
                assertThat(keys.decrypt(key(kind), scheme, Bytes.copyOf(Arrays.copyOf(good, size))))
                        .as("size %d", size)
                        .isEmpty();
            }
            byte[] ones = new byte[good.length];
            Arrays.fill(ones, (byte) 0xFF);
            assertThat(keys.decrypt(key(kind), scheme, Bytes.copyOf(ones))).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "SM2"})
    void agreed_bothSidesAndSources_areEqual(KeyKind kind) {
        AsymmetricKey other = fastest.generate(ACCOUNT, KEY, kind);
        byte[] one = fastest.agree(key(kind), other.publicKey()).orElseThrow().reveal();
        assertThat(one).hasSize((kind.size() + 7) / 8);
        assertThat(plainJava.agree(other, key(kind).publicKey()).orElseThrow().reveal())
                .isEqualTo(one);
        assertThat(plainJava.agree(key(kind), other.publicKey()).orElseThrow().reveal())
                .isEqualTo(one);
    }

    @ParameterizedTest
    @EnumSource(names = {"ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "SM2"})
    void agreed_withAStrangePeer_isEmpty(KeyKind kind) {
        byte[] good = key(kind).publicKey().toArray();
        byte[] offCurve = good.clone();
        offCurve[good.length - 1] ^= 1;
        KeyKind other = kind == KeyKind.ECC_NIST_P256 ? KeyKind.SM2 : KeyKind.ECC_NIST_P256;
        for (AsymmetricKeys keys : List.of(fastest, plainJava)) {
            for (byte[] peer : List.of(
                    new byte[0],
                    new byte[64],
                    offCurve,
                    Arrays.copyOf(good, good.length + 1),
                    Arrays.copyOf(good, good.length - 1),
                    key(other).publicKey().toArray(),
                    key(KeyKind.ECC_NIST_EDWARDS25519).publicKey().toArray(),
                    key(KeyKind.RSA_2048).publicKey().toArray())) {
                assertThat(keys.agree(key(kind), Bytes.copyOf(peer))).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"ML_KEM_512", "ML_KEM_768", "ML_KEM_1024"})
    void encapsulated_decapsulatesAndRejectsImplicitly(KeyKind kind) {
        Encapsulated made = fastest.encapsulate(kind, key(kind).publicKey());
        byte[] secret = made.sharedSecret().reveal();
        assertThat(secret).hasSize(32);
        assertThat(made.ciphertext().size())
                .isEqualTo(Map.of(512, 768, 768, 1088, 1024, 1568).get(kind.size()));
        assertThat(fastest.decapsulate(key(kind), made.ciphertext())
                        .orElseThrow()
                        .reveal())
                .isEqualTo(secret);
        byte[] altered = made.ciphertext().toArray();
        altered[100] ^= 1;
        byte[] rejected = fastest.decapsulate(key(kind), Bytes.copyOf(altered))
                .orElseThrow()
                .reveal();
        assertThat(rejected).hasSize(32).isNotEqualTo(secret);
        assertThat(fastest.decapsulate(key(kind), Bytes.copyOf(altered))
                        .orElseThrow()
                        .reveal())
                .isEqualTo(rejected);
        assertThat(fastest.decapsulate(key(kind), made.ciphertext().slice(1, 700)))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(KeyKind.class)
    void publicKey_isTheSpkiThatOthersWrite(KeyKind kind) throws Exception {
        if (kind.family() == Family.HMAC) {
            assertThatThrownBy(() -> fastest.generate(ACCOUNT, KEY, kind)).isInstanceOf(IllegalArgumentException.class);
            return;
        }
        assertThat(jdkPublic(key(kind)).getEncoded())
                .isEqualTo(key(kind).publicKey().toArray());
        if (kind == KeyKind.ECC_NIST_EDWARDS25519) {
            assertThat(key(kind).publicKey().size()).isEqualTo(44);
        }
    }

    @ParameterizedTest
    @EnumSource(KeyKind.class)
    void importedPrivate_inOthersSpelling_isTheSameKey(KeyKind kind) throws Exception {
        if (kind.family() == Family.HMAC || kind == KeyKind.RSA_4096) { // 4096 bits take seconds, and differ in nothing
            return;
        }
        for (KeyPair pair : foreignPairs(kind)) {
            byte[] pkcs8 = pair.getPrivate().getEncoded();
            AsymmetricKey imported = fastest.importPrivate(ACCOUNT, KEY, kind, Secret.copyOf(pkcs8))
                    .orElseThrow();
            assertThat(imported.publicKey().toArray())
                    .isEqualTo(pair.getPublic().getEncoded());
            AsymmetricKey again = plainJava
                    .importPrivate(ACCOUNT, KEY, kind, Secret.copyOf(pkcs8))
                    .orElseThrow();
            assertThat(again.material().id()).isEqualTo(imported.material().id());
            assertThat(fastest.importPrivate(ACCOUNT, KEY, kind, Secret.copyOf(Arrays.copyOf(pkcs8, pkcs8.length + 1))))
                    .as("bytes after the end")
                    .isEmpty();
            for (KeyKind other : KeyKind.values()) {
                if (other != kind) {
                    assertThat(fastest.importPrivate(ACCOUNT, KEY, other, Secret.copyOf(pkcs8)))
                            .as("as %s", other)
                            .isEmpty();
                }
            }
        }
    }

    @Test
    void importedPrivate_ofOneCurveKeyInThreeSpellings_hasOneId() throws Exception {
        KeyPair pair = foreignPairs(KeyKind.ECC_NIST_P256).getFirst();
        byte[] jdk = pair.getPrivate().getEncoded();
        byte[] ours = KeyForms.canonical(
                        KeyForms.readPrivate(KeyKind.ECC_NIST_P256, jdk).orElseThrow())
                .privateKey()
                .reveal();
        byte[] accp = KeyFactory.getInstance("EC", Algorithms.fastest().nistCurves())
                .generatePrivate(new PKCS8EncodedKeySpec(jdk))
                .getEncoded();
        assertThat(ours).isNotEqualTo(jdk);
        assertThat(List.of(jdk, ours, accp).stream()
                        .map(each -> fastest.importPrivate(ACCOUNT, KEY, KeyKind.ECC_NIST_P256, Secret.copyOf(each))
                                .orElseThrow()
                                .material()
                                .id())
                        .distinct())
                .hasSize(1);
    }

    /** Each part of an RSA key changed in turn; a wrong one would sign wrongly, or leak the factors. */
    @Test
    void importedPrivate_rsaWithAWrongPart_isRefused() throws Exception {
        byte[] good;
        try (Secret pkcs8 = fastest.generatePair(KeyKind.RSA_2048).privateKey()) {
            good = pkcs8.reveal().clone();
        }
        assertThat(fastest.importPrivate(ACCOUNT, KEY, KeyKind.RSA_2048, Secret.copyOf(good)))
                .isPresent();
        for (int at = 40; at < good.length; at += 37) {
            byte[] bad = good.clone();
            bad[at] ^= 2;
            assertThat(fastest.importPrivate(ACCOUNT, KEY, KeyKind.RSA_2048, Secret.copyOf(bad)))
                    .as("byte %d", at)
                    .isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource(WrappingScheme.class)
    void unwrapped_asAClientWraps_isTheMaterial(WrappingScheme scheme) throws Exception {
        byte[] material = new TestEntropy(6).bytes(32);
        KeyKind kind = scheme == WrappingScheme.SM2PKE ? KeyKind.SM2 : KeyKind.RSA_3072;
        AsymmetricKey key = key(kind);
        byte[] wrapped;
        if (scheme.hybrid()) {
            material = new TestEntropy(6).bytes(1217); // like a PKCS#8, no multiple of eight
            byte[] ephemeral = new TestEntropy(7).bytes(32);
            Cipher oaep = Cipher.getInstance("RSA/ECB/OAEPPadding", "SunJCE");
            oaep.init(Cipher.ENCRYPT_MODE, jdkPublic(key), oaep(scheme.encryption()));
            Cipher kwp = Cipher.getInstance("AES/KWP/NoPadding", "SunJCE");
            kwp.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(ephemeral, "AES"));
            byte[] head = oaep.doFinal(ephemeral);
            byte[] tail = kwp.doFinal(material);
            wrapped = Arrays.copyOf(head, head.length + tail.length);
            System.arraycopy(tail, 0, wrapped, head.length, tail.length);
        } else {
            wrapped = fastest.encrypt(kind, key.publicKey(), scheme.encryption(), Secret.copyOf(material))
                    .toArray();
        }
        for (AsymmetricKeys keys : List.of(fastest, plainJava)) {
            assertThat(keys.unwrap(key, scheme, Bytes.copyOf(wrapped))
                            .orElseThrow()
                            .reveal())
                    .isEqualTo(material);
            for (int at : new int[] {0, 50, wrapped.length - 1}) {
                byte[] bad = wrapped.clone();
                bad[at] ^= 1;
                assertThat(keys.unwrap(key, scheme, Bytes.copyOf(bad))).isEmpty();
            }
            for (int size : new int[] {0, 10, wrapped.length - 1, wrapped.length + 1, wrapped.length + 8}) {
                assertThat(keys.unwrap(key, scheme, Bytes.copyOf(Arrays.copyOf(wrapped, size))))
                        .as("size %d", size)
                        .isEmpty();
            }
        }
    }

    @Test
    void pair_ofMlKem_isInSeedFormAndOfOneLength() {
        for (KeyKind kind : List.of(KeyKind.ML_KEM_512, KeyKind.ML_KEM_768, KeyKind.ML_KEM_1024)) {
            PlainKeyPair pair = fastest.generatePair(kind);
            assertThat(pair.privateKey().sizeBytes()).isEqualTo(86);
            assertThat(pair.privateKey().reveal()).containsSequence(0x80, 0x40); // [0] of 64 bytes
        }
    }

    @ParameterizedTest
    @EnumSource(KeyKind.class)
    void pair_private_importsToItsPublic(KeyKind kind) {
        if (kind.family() == Family.HMAC || kind == KeyKind.RSA_4096) {
            return;
        }
        PlainKeyPair pair = fastest.generatePair(kind);
        assertThat(pair.privateKey().sizeBytes()).isLessThanOrEqualTo(4096);
        assertThat(fastest.importPrivate(ACCOUNT, KEY, kind, pair.privateKey())
                        .orElseThrow()
                        .publicKey())
                .isEqualTo(pair.publicKey());
    }

    @Test
    void key_ofAnotherOwner_isADefectWithoutSecrets() {
        AsymmetricKey stored = key(KeyKind.ECC_NIST_P256);
        AsymmetricKey moved =
                new AsymmetricKey("999999999999", KEY, stored.kind(), stored.material(), stored.publicKey());
        assertThatThrownBy(() ->
                        fastest.sign(moved, SignatureScheme.ECDSA_SHA_256, MessageForm.RAW, Secret.copyOf(new byte[1])))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("999999999999")
                .hasMessageNotContaining(stored.material().wrapped().hex());
        assertThat(stored.toString())
                .doesNotContain(stored.material().wrapped().hex().substring(0, 16));
        assertThat(fastest.generatePair(KeyKind.ECC_NIST_P256).toString()).contains("Secret[");
    }

    private static boolean verifies(AsymmetricKeys keys, Way way, byte[] message, Bytes signature) {
        return keys.verify(
                way.kind(), key(way.kind()).publicKey(), way.scheme(), way.form(), Secret.copyOf(message), signature);
    }

    private static PublicKey jdkPublic(AsymmetricKey key) throws Exception {
        var spec = new X509EncodedKeySpec(key.publicKey().toArray());
        return switch (key.kind().family()) {
            case RSA -> KeyFactory.getInstance("RSA", "SunRsaSign").generatePublic(spec);
            case NIST_CURVE -> KeyFactory.getInstance("EC", "SunEC").generatePublic(spec);
            case SECG_CURVE, SM2 ->
                KeyFactory.getInstance("EC", new BouncyCastleProvider()).generatePublic(spec);
            case EDWARDS -> KeyFactory.getInstance("Ed25519", "SunEC").generatePublic(spec);
            case ML_DSA -> KeyFactory.getInstance("ML-DSA", "SUN").generatePublic(spec);
            case ML_KEM -> KeyFactory.getInstance("ML-KEM", "SunJCE").generatePublic(spec);
            case HMAC -> throw new IllegalArgumentException();
        };
    }

    /** Fresh pairs from every library that can make one. */
    private static List<KeyPair> foreignPairs(KeyKind kind) throws Exception {
        List<KeyPairGenerator> makers = new ArrayList<>();
        var bouncy = new BouncyCastleProvider();
        switch (kind.family()) {
            case RSA -> {
                makers.add(
                        KeyPairGenerator.getInstance("RSA", Algorithms.fastest().rsaKeys()));
                makers.getFirst().initialize(kind.size());
            }
            case NIST_CURVE -> {
                String curve = "secp" + kind.size() + "r1";
                for (var provider :
                        List.of(Algorithms.jdk("SunEC"), Algorithms.fastest().nistCurves(), bouncy)) {
                    var maker = KeyPairGenerator.getInstance("EC", provider);
                    maker.initialize(new ECGenParameterSpec(curve));
                    makers.add(maker);
                }
            }
            case SECG_CURVE, SM2 -> {
                var maker = KeyPairGenerator.getInstance("EC", bouncy);
                maker.initialize(new ECGenParameterSpec(kind == KeyKind.SM2 ? "sm2p256v1" : "secp256k1"));
                makers.add(maker);
            }
            case EDWARDS -> makers.add(KeyPairGenerator.getInstance("Ed25519", "SunEC"));
            case ML_DSA, ML_KEM -> {
                String name = kind.name().replace('_', '-');
                makers.add(KeyPairGenerator.getInstance(name, kind.family() == Family.ML_DSA ? "SUN" : "SunJCE"));
                makers.add(KeyPairGenerator.getInstance(name, bouncy));
            }
            case HMAC -> throw new IllegalArgumentException();
        }
        List<KeyPair> pairs = new ArrayList<>();
        for (KeyPairGenerator maker : makers) {
            pairs.add(maker.generateKeyPair());
        }
        return pairs;
    }

    private static OAEPParameterSpec oaep(EncryptionScheme scheme) {
        return new OAEPParameterSpec(
                scheme.hash(), "MGF1", new MGF1ParameterSpec(scheme.hash()), PSource.PSpecified.DEFAULT);
    }

    private static int publicBytes(KeyKind kind) {
        return Map.of(44, 1312, 65, 1952, 87, 2592).get(kind.size());
    }
}
