package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.KeyKind.Family;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.ECKeyPairGenerator;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyGenerationParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.jspecify.annotations.Nullable;

/**
 * Every asymmetric algorithm of KMS. Thread-safe; lives as long as the process. {@link Algorithms} says which library
 * does what; none of them is loaded before the first operation here.
 *
 * <p>Callers check first: a scheme that does not fit the key, a message of a wrong length or a plaintext over the maximum
 * is an {@link IllegalArgumentException}. What a client can get wrong and nobody can see beforehand - a bad ciphertext,
 * signature or public key - is an empty or false answer. Stored material that does not unwrap or parse is a defect,
 * {@link IllegalStateException}.
 */
public final class AsymmetricKeys {
    private static final int SEED_BYTES_CURVE = 32;
    private static final int SEED_BYTES_ML_DSA = 32;
    private static final int SEED_BYTES_ML_KEM = 64;
    private static final int WRAPPING_KEY_BYTES = 32;

    private final Vault vault;
    private final Entropy entropy;
    private final Supplier<Algorithms> source;
    private final ParsedKeys parsed;
    private final KeyPool pool;
    private volatile @Nullable Families families;

    public AsymmetricKeys(Vault vault, Entropy entropy) {
        this(vault, entropy, 0);
    }

    /** @param pooledMax how many pairs of each RSA kind may be made ahead by {@link #fillPool} */
    public AsymmetricKeys(Vault vault, Entropy entropy, int pooledMax) {
        this(vault, entropy, Algorithms::fastest, pooledMax);
    }

    AsymmetricKeys(Vault vault, Entropy entropy, Supplier<Algorithms> source) {
        this(vault, entropy, source, 0);
    }

    AsymmetricKeys(Vault vault, Entropy entropy, Supplier<Algorithms> source, int pooledMax) {
        this.pool = new KeyPool(vault, pooledMax);
        this.vault = vault;
        this.entropy = entropy;
        this.source = source;
        this.parsed = new ParsedKeys(vault);
    }

    /**
     * A fresh key pair for the key {@code keyId} of {@code account}. RSA takes from 0.1 to some seconds of a core, the rest
     * under a millisecond.
     */
    public AsymmetricKey generate(String account, String keyId, KeyKind kind) {
        return wrap(account, keyId, kind, generate(kind));
    }

    /** A fresh key pair to hand out. */
    public PlainKeyPair generatePair(KeyKind kind) {
        return KeyForms.canonical(generate(kind));
    }

    /**
     * Imported material: DER PKCS#8. Its public key is derived from the private one. The same key gives the same material
     * id however it was encoded.
     *
     * @return empty when the bytes are no private key of that kind, or one whose parts do not belong together
     */
    public Optional<AsymmetricKey> importPrivate(String account, String keyId, KeyKind kind, Secret pkcs8) {
        return KeyForms.readPrivate(kind, pkcs8.reveal()).map(key -> wrap(account, keyId, kind, key));
    }

    /** OAEP ciphertext of the modulus' length, or SM2 ciphertext in DER. */
    public Bytes encrypt(KeyKind kind, Bytes publicKey, EncryptionScheme scheme, Secret plaintext) {
        require(scheme.fits(kind), scheme, kind);
        require(plaintext.sizeBytes() <= scheme.plaintextBytesMax(kind), "plaintext bytes", plaintext.sizeBytes());
        return scheme == EncryptionScheme.SM2PKE
                ? families().sm2.encrypt(publicKey, plaintext)
                : families().rsa.encrypt(publicKey, scheme, plaintext);
    }

    /** Empty when the ciphertext was not made with this key and scheme. */
    public Optional<Secret> decrypt(AsymmetricKey key, EncryptionScheme scheme, Bytes ciphertext) {
        require(scheme.fits(key.kind()), scheme, key.kind());
        return scheme == EncryptionScheme.SM2PKE
                ? families().sm2.decrypt(key, ciphertext)
                : families().rsa.decrypt(key, scheme, ciphertext);
    }

    /** Material that a client wrapped for import with {@code key}'s public key; empty when it was not. */
    public Optional<Secret> unwrap(AsymmetricKey key, WrappingScheme scheme, Bytes wrapped) {
        if (!scheme.hybrid()) {
            return decrypt(key, scheme.encryption(), wrapped);
        }
        int bytes = key.kind().size() / 8;
        if (wrapped.size() <= bytes) {
            return Optional.empty();
        }
        return decrypt(key, scheme.encryption(), wrapped.slice(0, bytes)).flatMap(wrapping -> {
            try (wrapping) {
                return unwrapPadded(wrapping, wrapped.slice(bytes, wrapped.size()));
            }
        });
    }

    public Bytes sign(AsymmetricKey key, SignatureScheme scheme, MessageForm form, Secret message) {
        require(key.kind(), scheme, form, message);
        byte[] content = message.reveal();
        return switch (scheme.construction()) {
            case RSA_PSS, RSA_PKCS1 -> families().rsa.sign(key, scheme, digest(scheme, form, content));
            case ECDSA ->
                key.kind() == KeyKind.ECC_SECG_P256K1
                        ? families().secg.sign(key, digest(scheme, form, content))
                        : families().curves.sign(key, digest(scheme, form, content));
            case EDDSA -> families().edwards.sign(key, content);
            case EDDSA_PREHASHED -> families().edwards.signPrehashed(key, content);
            case ML_DSA ->
                form == MessageForm.RAW
                        ? families().lattices.sign(key, content)
                        : families().lattices.signMu(key, content);
            case SM2 -> families().sm2.sign(key, form, content);
        };
    }

    /**
     * RSASSA-PKCS1-v1_5 with SHA-1, for the one format that still asks for it: version 1 of SNS' message signatures. No
     * key of a client is ever used so.
     */
    public Bytes signSha1(AsymmetricKey key, Bytes message) {
        require(key.kind().family() == Family.RSA, "SHA-1", key.kind());
        try {
            MessageDigest sha1 = MessageDigest.getInstance("SHA-1", Algorithms.jdk("SUN"));
            return families().rsa.signSha1(key, sha1.digest(message.unsafeArray()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks SHA-1", e);
        }
    }

    /** False for every signature that is not this key's over this message, also for what is no signature at all. */
    public boolean verify(
            KeyKind kind, Bytes publicKey, SignatureScheme scheme, MessageForm form, Secret message, Bytes signature) {
        require(kind, scheme, form, message);
        byte[] content = message.reveal();
        return switch (scheme.construction()) {
            case RSA_PSS, RSA_PKCS1 ->
                families().rsa.verify(kind, publicKey, scheme, digest(scheme, form, content), signature);
            case ECDSA ->
                kind == KeyKind.ECC_SECG_P256K1
                        ? families().secg.verify(publicKey, digest(scheme, form, content), signature)
                        : families().curves.verify(kind, publicKey, digest(scheme, form, content), signature);
            case EDDSA -> families().edwards.verify(publicKey, content, signature);
            case EDDSA_PREHASHED -> families().edwards.verifyPrehashed(publicKey, content, signature);
            case ML_DSA ->
                form == MessageForm.RAW
                        ? families().lattices.verify(kind, publicKey, content, signature)
                        : families().lattices.verifyMu(kind, publicKey, content, signature);
            case SM2 -> families().sm2.verify(publicKey, form, content, signature);
        };
    }

    /**
     * ECDH: the x coordinate of the shared point, as long as the curve's field (32, 48 or 66 bytes).
     *
     * @param peer DER SubjectPublicKeyInfo from a client
     * @return empty when {@code peer} is malformed or not a point of the key's curve
     */
    public Optional<Secret> agree(AsymmetricKey key, Bytes peer) {
        return switch (key.kind().family()) {
            case NIST_CURVE -> families().curves.agree(key, peer);
            case SM2 -> families().sm2.agree(key, peer);
            case RSA, SECG_CURVE, EDWARDS, HMAC, ML_DSA, ML_KEM ->
                throw new IllegalArgumentException(key.kind() + " cannot agree");
        };
    }

    public Encapsulated encapsulate(KeyKind kind, Bytes publicKey) {
        require(kind.family() == Family.ML_KEM, "encapsulation", kind);
        return families().lattices.encapsulate(kind, publicKey);
    }

    /** Empty for a ciphertext of a wrong length alone: any other gives a secret, pseudo-random when it is a stranger's. */
    public Optional<Secret> decapsulate(AsymmetricKey key, Bytes ciphertext) {
        require(key.kind().family() == Family.ML_KEM, "encapsulation", key.kind());
        return families().lattices.decapsulate(key, ciphertext);
    }

    /** Makes one pair ahead, if the pool has room. @return whether it did */
    public boolean fillPool() {
        Optional<KeyKind> wanted = pool.wanted();
        wanted.ifPresent(kind -> {
            PlainKeyPair pair = KeyForms.canonical(families().rsa.generate(kind));
            try (Secret pkcs8 = pair.privateKey()) {
                pool.add(kind, pkcs8);
            }
        });
        return wanted.isPresent();
    }

    /** How many pairs of each kind are made ahead and ready. */
    public Map<KeyKind, Integer> pooled() {
        return pool.ready();
    }

    /** Drops what is cached of a key whose material was deleted. */
    public void forget(AsymmetricKey key) {
        parsed.forget(key);
    }

    private AsymmetricKey wrap(String account, String keyId, KeyKind kind, AsymmetricKeyParameter key) {
        PlainKeyPair pair = KeyForms.canonical(key);
        try (Secret pkcs8 = pair.privateKey()) {
            String id = MaterialId.of(keyId, pkcs8);
            Bytes wrapped = vault.wrap(pkcs8, MaterialId.nameInVault(account, keyId, id));
            return new AsymmetricKey(account, keyId, kind, new WrappedMaterial(id, wrapped), pair.publicKey());
        }
    }

    private AsymmetricKeyParameter generate(KeyKind kind) {
        return switch (kind.family()) {
            case RSA ->
                pool.take(kind)
                        .map(AsymmetricKeys::parsed)
                        .orElseGet(() -> families().rsa.generate(kind));
            case NIST_CURVE, SECG_CURVE, SM2 -> {
                ECKeyPairGenerator generator = new ECKeyPairGenerator();
                generator.init(new ECKeyGenerationParameters(KeyForms.curve(kind), new EntropyRandom(entropy)));
                yield generator.generateKeyPair().getPrivate();
            }
            case EDWARDS -> new Ed25519PrivateKeyParameters(entropy.bytes(SEED_BYTES_CURVE));
            case ML_DSA -> new MLDSAPrivateKeyParameters(KeyForms.mlDsa(kind), entropy.bytes(SEED_BYTES_ML_DSA));
            case ML_KEM -> new MLKEMPrivateKeyParameters(KeyForms.mlKem(kind), entropy.bytes(SEED_BYTES_ML_KEM));
            case HMAC -> throw new IllegalArgumentException(kind + " is not a key pair");
        };
    }

    private static AsymmetricKeyParameter parsed(Secret pkcs8) {
        try (pkcs8) {
            return PrivateKeyFactory.createKey(pkcs8.reveal());
        } catch (IOException _) {
            throw new IllegalStateException("a pooled pair does not parse");
        }
    }

    private static Optional<Secret> unwrapPadded(Secret wrapping, Bytes wrapped) {
        if (wrapping.sizeBytes() != WRAPPING_KEY_BYTES) {
            return Optional.empty();
        }
        Cipher cipher;
        try {
            cipher = Cipher.getInstance("AES/KWP/NoPadding", Algorithms.jdk("SunJCE"));
            cipher.init(Cipher.DECRYPT_MODE, new SecretKeySpec(wrapping.reveal(), "AES"));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("AES/KWP is missing", e);
        }
        try {
            return Optional.of(Secret.adopt(cipher.doFinal(wrapped.unsafeArray())));
        } catch (GeneralSecurityException _) {
            return Optional.empty(); // Wrong length, or the integrity check of RFC 5649 failed.
        }
    }

    private static byte[] digest(SignatureScheme scheme, MessageForm form, byte[] message) {
        if (form == MessageForm.DIGEST) {
            return message;
        }
        try {
            return MessageDigest.getInstance(scheme.hash(), Algorithms.jdk("SUN"))
                    .digest(message);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK lacks " + scheme.hash(), e);
        }
    }

    private static void require(KeyKind kind, SignatureScheme scheme, MessageForm form, Secret message) {
        require(scheme.fits(kind), scheme, kind);
        require(scheme.takes(form), scheme, form);
        int exact = scheme.exactBytes(form).orElse(message.sizeBytes());
        require(exact == message.sizeBytes(), scheme, message.sizeBytes());
    }

    private static void require(boolean fits, Object one, Object other) {
        if (!fits) {
            throw new IllegalArgumentException(one + " does not go with " + other);
        }
    }

    private Families families() {
        Families made = families;
        if (made == null) {
            // Two threads may both make one: they are alike, and one stays.
            made = new Families(source.get(), parsed, new EntropyRandom(entropy));
            families = made;
        }
        return made;
    }

    /** What does the work, by family of keys. */
    private static final class Families {
        final RsaKeys rsa;
        final CurveKeys curves;
        final SecgKeys secg;
        final EdwardsKeys edwards;
        final LatticeKeys lattices;
        final Sm2Keys sm2;

        Families(Algorithms algorithms, ParsedKeys parsed, SecureRandom random) {
            rsa = new RsaKeys(algorithms, parsed, random);
            curves = new CurveKeys(algorithms, parsed, random);
            secg = new SecgKeys(parsed, random);
            edwards = new EdwardsKeys(parsed);
            lattices = new LatticeKeys(parsed, random);
            sm2 = new Sm2Keys(parsed, random);
        }
    }
}
