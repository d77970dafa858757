package dev.keytrail.crypto.custody;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The 256-bit key that seals root keys, with the {@link Vault}'s construction under names of its own. Zeroed on close.
 * Thread-safe.
 */
public final class WrappingKey implements AutoCloseable {
    private static final byte[] ID_LABEL = "keytrail wrapping key id 1".getBytes(StandardCharsets.US_ASCII);
    private static final int ID_BYTES = 8;

    private final Secret key;

    private WrappingKey(Secret key) {
        this.key = key;
    }

    public static WrappingKey random(Entropy entropy) {
        return new WrappingKey(Secret.adopt(entropy.bytes(RootKey.KEY_BYTES)));
    }

    /** Takes the secret over. */
    public static WrappingKey of(Secret key) {
        if (key.sizeBytes() != RootKey.KEY_BYTES) {
            throw new CustodyRefused("a wrapping key has " + RootKey.KEY_BYTES + " bytes, not " + key.sizeBytes());
        }
        return new WrappingKey(key);
    }

    /** For keepers that split, store or send it; to be closed. */
    public synchronized Secret copy() {
        return Secret.copyOf(key.reveal());
    }

    /** Tells keys apart and nothing about them: 16 hex digits of HMAC-SHA-256 under the key. */
    public synchronized String id() {
        try {
            Mac mac = Mac.getInstance("HmacSHA256", "SunJCE");
            mac.init(new SecretKeySpec(key.reveal(), "HmacSHA256"));
            return HexFormat.of().formatHex(mac.doFinal(ID_LABEL), 0, ID_BYTES);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256 in SunJCE", e);
        }
    }

    Bytes seal(RootKey root, String name, Entropy entropy) {
        try (Secret encoded = root.encode()) {
            return vault(entropy).wrap(encoded, name);
        }
    }

    Optional<RootKey> open(Bytes sealed, String name) {
        Optional<Secret> encoded = vault(_ -> {
                    throw new IllegalStateException("opening needs no chance");
                })
                .unwrap(sealed, name);
        try {
            return encoded.flatMap(RootKey::decode);
        } finally {
            encoded.ifPresent(Secret::close);
        }
    }

    /** Seals any secret under a name. */
    public Bytes wrap(Secret secret, String name, Entropy entropy) {
        return vault(entropy).wrap(secret, name);
    }

    /** Empty when it was not this key that sealed, under this name. */
    public Optional<Secret> unwrap(Bytes wrapped, String name, Entropy entropy) {
        return vault(entropy).unwrap(wrapped, name);
    }

    private synchronized Vault vault(Entropy entropy) {
        RootKey asRoot = new RootKey(Secret.copyOf(key.reveal()));
        try {
            return new Vault(asRoot, entropy);
        } finally {
            asRoot.close();
        }
    }

    @Override
    public synchronized void close() {
        key.close();
    }

    @Override
    public String toString() {
        return "WrappingKey";
    }
}
