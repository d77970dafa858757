package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.HmacKeys;
import dev.keytrail.crypto.WrappedMaterial;
import java.util.Optional;

/** Makes and forgets material of keys of every spec. Thread-safe. */
public final class Materials {
    private static final int SYMMETRIC_BYTES = 32;

    private final Crypto crypto;

    public Materials(Crypto crypto) {
        this.crypto = crypto;
    }

    /**
     * A new key's first material.
     *
     * @param publicKey DER SubjectPublicKeyInfo; present for key pairs
     */
    public record Made(Material material, Optional<Bytes> publicKey) {
        private static Made of(WrappedMaterial wrapped, Optional<Bytes> publicKey) {
            return new Made(new Material(wrapped, Material.Standing.CURRENT), publicKey);
        }
    }

    /** Takes up to some seconds for RSA. @throws dev.keytrail.call.Refused ThrottlingException when too many are made */
    public Made make(String account, String keyId, KeySpec spec) {
        return switch (spec.kind()) {
            case SYMMETRIC -> Made.of(crypto.symmetric().generate(account, keyId), Optional.empty());
            case HMAC -> Made.of(crypto.hmac().generate(account, keyId, spec.cryptoKind()), Optional.empty());
            case ASYMMETRIC -> {
                AsymmetricKey pair = crypto.pairs().make(account, keyId, spec.cryptoKind());
                yield Made.of(pair.material(), Optional.of(pair.publicKey()));
            }
        };
    }

    /** Material that somebody else made; empty when it is none for a key of this spec. */
    public Optional<Made> wrap(String account, String keyId, KeySpec spec, Secret content) {
        return switch (spec.kind()) {
            case SYMMETRIC ->
                content.sizeBytes() == SYMMETRIC_BYTES
                        ? Optional.of(Made.of(crypto.symmetric().wrap(account, keyId, content), Optional.empty()))
                        : Optional.empty();
            case HMAC ->
                content.sizeBytes() == HmacKeys.materialBytes(spec.cryptoKind())
                        ? Optional.of(Made.of(
                                crypto.hmac().wrap(account, keyId, spec.cryptoKind(), content), Optional.empty()))
                        : Optional.empty();
            case ASYMMETRIC ->
                crypto.asymmetric()
                        .importPrivate(account, keyId, spec.cryptoKind(), content)
                        .map(pair -> Made.of(pair.material(), Optional.of(pair.publicKey())));
        };
    }

    /** Drops what is cached of a key whose material goes. Were that undone, the next use would unwrap it again. */
    public void forget(Key key) {
        switch (key.spec().kind()) {
            case SYMMETRIC ->
                key.materials().forEach(material -> crypto.symmetric().forget(material.wrapped()));
            case HMAC ->
                key.materials().forEach(material -> crypto.hmac().forget(key.account(), key.id(), material.wrapped()));
            case ASYMMETRIC -> crypto.pairs().forget(key);
        }
    }
}
