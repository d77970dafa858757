package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Encapsulated;
import dev.keytrail.crypto.EncryptionScheme;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.KeyKind.Family;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.PlainKeyPair;
import dev.keytrail.crypto.SignatureScheme;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Asymmetric cryptography with keys as they lie in the store. What takes no longer than a symmetric call's own share of a
 * core is done at once; slower work in a bounded number of places: one signature with RSA costs as much as a hundred
 * symmetric encryptions, making an RSA key as much as a hundred thousand. Making has places of its own, fewer, so that it
 * holds up neither the symmetric calls nor the signatures. Thread-safe.
 *
 * <p>The caller has checked that scheme, form and lengths fit the key. Slow work may be refused with ThrottlingException.
 */
public final class KeyPairs {
    private static final Duration WAIT_MAX = Duration.ofSeconds(2);

    /** Making one RSA_4096 takes some seconds; ordinary clients give up after sixty. */
    private static final Duration MAKING_WAIT_MAX = Duration.ofSeconds(20);

    private final AsymmetricKeys asymmetric;
    private final Places using;
    private final Places making;
    private final Places ahead = new Places(1, WAIT_MAX);

    /** @param slowMax how many operations may run at once; the machine's cores */
    public KeyPairs(AsymmetricKeys asymmetric, int slowMax) {
        this(asymmetric, new Places(slowMax, WAIT_MAX), new Places(Math.max(1, slowMax / 2), MAKING_WAIT_MAX));
    }

    KeyPairs(AsymmetricKeys asymmetric, Places using, Places making) {
        this.asymmetric = asymmetric;
        this.using = using;
        this.making = making;
    }

    /** @throws IllegalStateException for a key that is no pair, or has no material */
    public static Bytes publicKey(Key key) {
        return key.publicKey().orElseThrow(() -> new IllegalStateException("no public key: " + key.arn()));
    }

    public AsymmetricKey make(String account, String keyId, KeyKind kind) {
        return making.run(() -> asymmetric.generate(account, keyId, kind));
    }

    /** A pair to hand out; the receiver owns the private key. */
    public PlainKeyPair makePlain(KeyKind kind) {
        return making.run(() -> asymmetric.generatePair(kind));
    }

    /**
     * Makes one pair ahead, if the pool has room for it and no client is having one made: in a place of its own, for one
     * that comes meanwhile must not wait for the pool.
     *
     * @return whether it did
     */
    public boolean fillPool() {
        return !making.busy() && ahead.run(asymmetric::fillPool);
    }

    /**
     * How slow work stands, for metrics.
     *
     * @param waitingToUse operations that wait for a place
     * @param waitingToMake pairs to be made that wait for one
     * @param pooled pairs made ahead and ready, by kind
     */
    public record Status(int waitingToUse, int waitingToMake, Map<KeyKind, Integer> pooled) {
        public Status {
            pooled = Map.copyOf(pooled);
        }
    }

    public Status status() {
        return new Status(using.waiting(), making.waiting(), asymmetric.pooled());
    }

    public Bytes sign(Key key, SignatureScheme scheme, MessageForm form, Secret message) {
        return privately(key, () -> asymmetric.sign(pair(key), scheme, form, message));
    }

    public boolean verify(Key key, SignatureScheme scheme, MessageForm form, Secret message, Bytes signature) {
        return publicly(key, () -> asymmetric.verify(kind(key), publicKey(key), scheme, form, message, signature));
    }

    public Bytes encrypt(Key key, EncryptionScheme scheme, Secret plaintext) {
        return publicly(key, () -> asymmetric.encrypt(kind(key), publicKey(key), scheme, plaintext));
    }

    /** Empty when the ciphertext was not made with this key and scheme. */
    public Optional<Secret> decrypt(Key key, EncryptionScheme scheme, Bytes ciphertext) {
        return privately(key, () -> asymmetric.decrypt(pair(key), scheme, ciphertext));
    }

    /** Empty when {@code peer} is no public key of the key's curve. */
    public Optional<Secret> agree(Key key, Bytes peer) {
        return privately(key, () -> asymmetric.agree(pair(key), peer));
    }

    public Encapsulated encapsulate(Key key) {
        return publicly(key, () -> asymmetric.encapsulate(kind(key), publicKey(key)));
    }

    /** Empty for a ciphertext of a wrong length alone. */
    public Optional<Secret> decapsulate(Key key, Bytes ciphertext) {
        return privately(key, () -> asymmetric.decapsulate(pair(key), ciphertext));
    }

    void forget(Key key) {
        if (key.publicKey().isPresent() && key.currentMaterial().isPresent()) {
            asymmetric.forget(pair(key));
        }
    }

    /** Work with the private key: from some microseconds to milliseconds, by the kind of key. */
    private <T> T privately(Key key, Supplier<T> work) {
        return switch (kind(key)) {
            case ECC_NIST_P256, ECC_NIST_EDWARDS25519, ML_KEM_512, ML_KEM_768, ML_KEM_1024 -> work.get();
            default -> using.run(work);
        };
    }

    /** Work with the public key, which is the quick half of RSA. */
    private <T> T publicly(Key key, Supplier<T> work) {
        return kind(key).family() == Family.RSA ? work.get() : privately(key, work);
    }

    private static AsymmetricKey pair(Key key) {
        Material material =
                key.currentMaterial().orElseThrow(() -> new IllegalStateException("no material: " + key.arn()));
        return new AsymmetricKey(key.account(), key.id(), kind(key), material.wrapped(), publicKey(key));
    }

    private static KeyKind kind(Key key) {
        return key.spec().cryptoKind();
    }
}
