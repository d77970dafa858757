package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.Encapsulated;
import dev.keytrail.crypto.EncryptionScheme;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MacScheme;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.PlainKeyPair;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.crypto.WrappedMaterial;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * Shows that key material is what it was. A canary is made under every generation of every key while the key is known to
 * work, and tried where the material was brought to. Of key pairs the public key in the state says whether the private one
 * is right. Knows no policies and leaves no event: it is for a drill on a copy, and no caller gets any result of it.
 */
public final class Canaries {
    private static final byte[] TEXT = "keytrail canary, 32 bytes of it.".getBytes(StandardCharsets.US_ASCII);
    private static final Map<String, String> CONTEXT = Map.of();

    private final Crypto crypto;

    public Canaries(Crypto crypto) {
        this.crypto = crypto;
    }

    /** Names one generation of one key: the key's row and the material's id. */
    public static String name(Key key, Material material) {
        return key.rowKey() + "/" + material.id();
    }

    /** What a drill has found. */
    public record Result(long keys, long canaries, long pairs, long fresh, long outside, long failed) {
        Result plus(Result more) {
            return new Result(
                    keys + more.keys,
                    canaries + more.canaries,
                    pairs + more.pairs,
                    fresh + more.fresh,
                    outside + more.outside,
                    failed + more.failed);
        }
    }

    private static final Result NOTHING = new Result(0, 0, 0, 0, 0, 0);

    /** A canary for each generation that takes one. @param taker gets {@link #name} and the canary */
    public void make(State state, BiConsumer<String, Bytes> taker) {
        for (State.Row<Key> row : state.scan(Key.TABLE, "", "")) {
            Key key = row.value();
            for (Material material : key.materials()) {
                if (material.isPresent()) {
                    canary(key, material).ifPresent(bytes -> taker.accept(name(key, material), bytes));
                }
            }
        }
    }

    private Optional<Bytes> canary(Key key, Material material) {
        try (Secret text = Secret.copyOf(TEXT)) {
            return switch (key.spec().kind()) {
                case SYMMETRIC ->
                    Optional.of(crypto.symmetric().seal(key.account(), key.id(), material.wrapped(), text, CONTEXT));
                case HMAC -> Optional.of(mac(key, material.wrapped(), text));
                case ASYMMETRIC ->
                    key.usage() == KeyUsage.ENCRYPT_DECRYPT
                            ? Optional.of(crypto.asymmetric()
                                    .encrypt(kind(key), KeyPairs.publicKey(key), encryption(key), text))
                            : Optional.empty();
            };
        }
    }

    private Bytes mac(Key key, WrappedMaterial material, Secret text) {
        return crypto.hmac().mac(key.account(), key.id(), material, macScheme(key), text);
    }

    /**
     * Tries every generation of every key.
     *
     * @param canaries by {@link #name}; a generation without one is tried with a fresh text
     * @param failing gets the ARN and material id of each that is not what it was
     */
    public Result check(State state, Function<String, Optional<Bytes>> canaries, BiConsumer<String, String> failing) {
        Result all = NOTHING;
        for (State.Row<Key> row : state.scan(Key.TABLE, "", "")) {
            Key key = row.value();
            Result of = new Result(1, 0, 0, 0, key.backing().isPresent() ? 1 : 0, 0);
            for (Material material : key.materials()) {
                if (material.isPresent()) {
                    of = of.plus(check(key, material, canaries.apply(name(key, material)), failing));
                }
            }
            all = all.plus(of);
        }
        return all;
    }

    private Result check(Key key, Material material, Optional<Bytes> canary, BiConsumer<String, String> failing) {
        boolean right;
        try {
            right = key.spec().kind() == KeySpec.Kind.ASYMMETRIC
                    ? pair(key, material, canary)
                    : opens(
                            key,
                            material,
                            canary.or(() -> canary(key, material)).orElseThrow());
        } catch (RuntimeException _) {
            // Material that does not even unwrap; what a library says of it is nobody's business.
            right = false;
        }
        if (!right) {
            failing.accept(key.arn(), material.id());
            return new Result(0, 0, 0, 0, 0, 1);
        }
        if (key.spec().kind() == KeySpec.Kind.ASYMMETRIC) {
            return new Result(0, canary.isPresent() ? 1 : 0, 1, 0, 0, 0);
        }
        return new Result(0, canary.isPresent() ? 1 : 0, 0, canary.isPresent() ? 0 : 1, 0, 0);
    }

    private boolean opens(Key key, Material material, Bytes canary) {
        if (key.spec().kind() == KeySpec.Kind.HMAC) {
            try (Secret text = Secret.copyOf(TEXT)) {
                return mac(key, material.wrapped(), text).equals(canary);
            }
        }
        return isText(crypto.symmetric().open(key.account(), key.id(), material.wrapped(), canary, CONTEXT));
    }

    private static boolean isText(Optional<Secret> opened) {
        if (opened.isEmpty()) {
            return false;
        }
        try (Secret text = opened.get();
                Secret wanted = Secret.copyOf(TEXT)) {
            return text.sameAs(wanted);
        }
    }

    private boolean pair(Key key, Material material, Optional<Bytes> canary) {
        Bytes publicKey = KeyPairs.publicKey(key);
        AsymmetricKey pair = new AsymmetricKey(key.account(), key.id(), kind(key), material.wrapped(), publicKey);
        try (Secret text = Secret.copyOf(TEXT)) {
            return switch (key.usage()) {
                case SIGN_VERIFY -> {
                    SignatureScheme scheme = signature(key);
                    Bytes signed = crypto.asymmetric().sign(pair, scheme, form(scheme), text);
                    yield crypto.asymmetric().verify(kind(key), publicKey, scheme, form(scheme), text, signed);
                }
                case ENCRYPT_DECRYPT ->
                    isText(crypto.asymmetric()
                            .decrypt(
                                    pair,
                                    encryption(key),
                                    canary.or(() -> canary(key, material)).orElseThrow()));
                case KEY_AGREEMENT -> agrees(pair, publicKey);
                case ENCAPSULATE_DECAPSULATE -> {
                    Encapsulated made = crypto.asymmetric().encapsulate(kind(key), publicKey);
                    yield same(
                            crypto.asymmetric().decapsulate(pair, made.ciphertext()), Optional.of(made.sharedSecret()));
                }
                case GENERATE_VERIFY_MAC -> throw new IllegalStateException("a MAC key is no pair");
            };
        }
    }

    /** Both sides of an agreement with a pair made for this come to the same. */
    private boolean agrees(AsymmetricKey pair, Bytes publicKey) {
        PlainKeyPair other = crypto.asymmetric().generatePair(pair.kind());
        try (Secret pkcs8 = other.privateKey()) {
            AsymmetricKey peer = crypto.asymmetric()
                    .importPrivate(pair.account(), "canary", pair.kind(), pkcs8)
                    .orElseThrow();
            return same(
                    crypto.asymmetric().agree(pair, other.publicKey()),
                    crypto.asymmetric().agree(peer, publicKey));
        }
    }

    private static boolean same(Optional<Secret> one, Optional<Secret> other) {
        try {
            return one.isPresent() && other.isPresent() && one.get().sameAs(other.get());
        } finally {
            one.ifPresent(Secret::close);
            other.ifPresent(Secret::close);
        }
    }

    private static KeyKind kind(Key key) {
        return key.spec().cryptoKind();
    }

    private static SignatureScheme signature(Key key) {
        return Arrays.stream(SignatureScheme.values())
                .filter(scheme -> scheme.fits(kind(key)) && scheme.takes(form(scheme)))
                .findFirst()
                .orElseThrow();
    }

    /** The plain message where the scheme hashes it itself; the text stands for a digest of 64 bytes nowhere. */
    private static MessageForm form(SignatureScheme scheme) {
        return scheme.takes(MessageForm.RAW) ? MessageForm.RAW : MessageForm.DIGEST;
    }

    private static EncryptionScheme encryption(Key key) {
        return Arrays.stream(EncryptionScheme.values())
                .filter(scheme -> scheme.fits(kind(key)))
                .reduce((_, last) -> last)
                .orElseThrow();
    }

    private static MacScheme macScheme(Key key) {
        return Arrays.stream(MacScheme.values())
                .filter(scheme -> scheme.fits(kind(key)))
                .findFirst()
                .orElseThrow();
    }
}
