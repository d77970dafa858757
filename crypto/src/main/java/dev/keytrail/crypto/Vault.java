package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Wraps secrets at rest under the root key. Thread-safe; lives as long as the process.
 *
 * <p>Shape: the root key's generation (one byte, from 1), 16-byte random salt, AES-256-GCM ciphertext, 16-byte tag. Keys by
 * HKDF-SHA-256 (RFC 5869): extract once from the root key under a label of the vault's own, so that the root key can serve
 * other purposes too; expand once per wrap with the salt, so that each secret has a key to itself. The generation, the
 * salt and the name are authenticated. The newest root key wraps; older ones open until they are retired.
 */
public final class Vault {
    /** Bytes that wrapping adds. */
    public static final int OVERHEAD_BYTES = 1 + KeyedCipher.NONCE_BYTES + KeyedCipher.TAG_BYTES;

    /** Sets the names of statements apart from those of secrets. */
    private static final String STATEMENT = "statement: ";

    private static final int BODY_AT = 1 + KeyedCipher.NONCE_BYTES;
    private static final byte[] EXTRACT_SALT = "keytrail vault 1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EXPAND_INFO = "keytrail wrap 1 ".getBytes(StandardCharsets.US_ASCII);

    private volatile Ring ring;
    private final Entropy entropy;
    private final CipherPool ciphers = new CipherPool();

    /** The extracted keys by their root keys' generation; what is not there is null. */
    private static final class Ring {
        private final byte newest;
        private final byte[] @Nullable [] wrapping = new byte[RootKey.GENERATION_MAX + 1][];

        Ring(RootKey root) {
            newest = (byte) root.generation();
            root.keys().forEach((generation, key) -> wrapping[generation] = extract(key.reveal()));
        }

        byte @Nullable [] of(byte generation) {
            return generation < 1 ? null : wrapping[generation];
        }
    }

    public Vault(RootKey root, Entropy entropy) {
        this.ring = new Ring(root);
        this.entropy = entropy;
    }

    /** Wraps under another root key's newest generation from now on. What only the former one opened stays shut then. */
    public void adopt(RootKey root) {
        ring = new Ring(root);
    }

    /** Whether the newest root key wrapped it, going by its first byte. */
    public boolean isCurrent(Bytes wrapped) {
        return wrapped.isEmpty() || wrapped.at(0) == ring.newest;
    }

    /**
     * The same secret under the newest root key; empty when it is already.
     *
     * @throws IllegalStateException when it does not open
     */
    public Optional<Bytes> renewed(Bytes wrapped, String name) {
        if (isCurrent(wrapped)) {
            return Optional.empty();
        }
        try (Secret secret = unwrap(wrapped, name)
                .orElseThrow(() -> new IllegalStateException("stored secret does not unwrap: " + name))) {
            return Optional.of(wrap(secret, name));
        }
    }

    /** The same for a key's material. */
    public Optional<WrappedMaterial> renewed(String account, String keyId, WrappedMaterial material) {
        return renewed(material.wrapped(), MaterialId.nameInVault(account, keyId, material.id()))
                .map(bytes -> new WrappedMaterial(material.id(), bytes));
    }

    /** The same for a key pair. */
    public Optional<AsymmetricKey> renewed(AsymmetricKey pair) {
        return renewed(pair.account(), pair.keyId(), pair.material())
                .map(material ->
                        new AsymmetricKey(pair.account(), pair.keyId(), pair.kind(), material, pair.publicKey()));
    }

    /** The same for a statement. */
    public Optional<Bytes> renewedStatement(Bytes sealed, String name) {
        return renewed(sealed, STATEMENT + name);
    }

    /** AES-256-GCM; {@code name} (what the secret is and whose) is bound as additional data. */
    public Bytes wrap(Secret secret, String name) {
        byte[] plaintext = secret.reveal();
        byte[] out = new byte[BODY_AT + plaintext.length + KeyedCipher.TAG_BYTES];
        Ring now = ring;
        out[0] = now.newest;
        KeyedCipher cipher = ciphers.borrow();
        entropy.fill(cipher.nonce);
        System.arraycopy(cipher.nonce, 0, out, 1, KeyedCipher.NONCE_BYTES);
        key(cipher, out, Objects.requireNonNull(now.of(now.newest)));
        cipher.seal(plaintext, out, BODY_AT, Canonical.text(name));
        ciphers.giveBack(cipher);
        return Bytes.adopt(out);
    }

    /** Empty when the bytes were not wrapped by this root key under this name. */
    public Optional<Secret> unwrap(Bytes wrapped, String name) {
        byte[] in = wrapped.unsafeArray();
        byte[] wrapping = in.length < OVERHEAD_BYTES ? null : ring.of(in[0]);
        if (wrapping == null) {
            return Optional.empty();
        }
        byte[] plaintext = new byte[in.length - OVERHEAD_BYTES];
        KeyedCipher cipher = ciphers.borrow();
        key(cipher, in, wrapping);
        boolean genuine = cipher.open(in, BODY_AT, Canonical.text(name), plaintext);
        ciphers.giveBack(cipher);
        return genuine ? Optional.of(Secret.adopt(plaintext)) : Optional.empty();
    }

    /** Whether that is the wrapped secret; compared in constant time. */
    public boolean holds(Bytes wrapped, String name, Secret given) {
        try (Secret held =
                unwrap(wrapped, name).orElseThrow(() -> new IllegalStateException(name + " cannot be opened"))) {
            return MessageDigest.isEqual(held.reveal(), given.reveal());
        }
    }

    /**
     * Wraps what nobody outside may read or alter but is no secret inside, e.g. what a token states. Kept apart from
     * secrets: what {@link #wrap} made cannot be {@linkplain #open opened}.
     */
    public Bytes seal(Bytes statement, String name) {
        try (Secret copy = Secret.copyOf(statement.unsafeArray())) {
            return wrap(copy, STATEMENT + name);
        }
    }

    /** Empty when the bytes were not sealed by this root key under this name. */
    public Optional<Bytes> open(Bytes sealed, String name) {
        return unwrap(sealed, STATEMENT + name).map(secret -> {
            try (secret) {
                return Bytes.copyOf(secret.reveal());
            }
        });
    }

    /** HKDF-Expand to one block: HMAC(wrapping, label | salt | 0x01). */
    private static void key(KeyedCipher cipher, byte[] framed, byte[] wrapping) {
        byte[] input = Arrays.copyOf(EXPAND_INFO, EXPAND_INFO.length + KeyedCipher.NONCE_BYTES + 1);
        System.arraycopy(framed, 1, input, EXPAND_INFO.length, KeyedCipher.NONCE_BYTES);
        input[input.length - 1] = 1;
        System.arraycopy(wrapping, 0, cipher.baseKey, 0, KeyedCipher.KEY_BYTES);
        cipher.derive(input);
    }

    private static byte[] extract(byte[] root) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256", "SunJCE");
            mac.init(new SecretKeySpec(EXTRACT_SALT, "HmacSHA256"));
            return mac.doFinal(root);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks HmacSHA256 in SunJCE", e);
        }
    }
}
