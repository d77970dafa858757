package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * SYMMETRIC_DEFAULT: makes material, seals and opens. Unwrapped material is cached inside, bounded. Thread-safe.
 *
 * <p>Construction (AWS's published one): a message key from material and a 128-bit random nonce by the SP 800-108 counter
 * mode KDF with HMAC-SHA-256, then AES-256-GCM with the canonical encryption context as additional data.
 *
 * <p>Ciphertext: {@link CiphertextHeader} (55 bytes), nonce (16), AES-GCM ciphertext, tag (16). Header and nonce are
 * additional data too, before the context, so a ciphertext belongs to one account, key and material.
 */
public final class SymmetricKeys {
    /** Bytes that sealing adds. */
    public static final int OVERHEAD_BYTES =
            CiphertextHeader.SIZE_BYTES + KeyedCipher.NONCE_BYTES + KeyedCipher.TAG_BYTES;

    /** Some 30 MiB at most; a miss costs an unwrap, a few microseconds. */
    private static final int CACHED_MATERIALS_MAX = 1 << 17;

    private static final int BODY_AT = CiphertextHeader.SIZE_BYTES + KeyedCipher.NONCE_BYTES;

    /** The fixed input of SP 800-108 section 4.1: counter 1, label, 0x00, context (the nonce), length in bits. */
    private static final byte[] KDF_INPUT = kdfInput();

    private static final int KDF_NONCE_AT = KDF_INPUT.length - 4 - KeyedCipher.NONCE_BYTES;

    private final Vault vault;
    private final Entropy entropy;
    private final MaterialCache cache;
    private final CipherPool ciphers = new CipherPool();

    public SymmetricKeys(Vault vault, Entropy entropy) {
        this(vault, entropy, CACHED_MATERIALS_MAX);
    }

    SymmetricKeys(Vault vault, Entropy entropy, int cachedMaterialsMax) {
        this.vault = vault;
        this.entropy = entropy;
        this.cache = new MaterialCache(cachedMaterialsMax);
    }

    /** Fresh 256-bit material for the key {@code keyId} of {@code account}. */
    public WrappedMaterial generate(String account, String keyId) {
        try (Secret material = Secret.adopt(entropy.bytes(KeyedCipher.KEY_BYTES))) {
            return wrap(account, keyId, material);
        }
    }

    /** Imported material, which must be 32 bytes. The same material gives the same id, in other wrapped bytes. */
    public WrappedMaterial wrap(String account, String keyId, Secret material) {
        if (material.sizeBytes() != KeyedCipher.KEY_BYTES) {
            throw new IllegalArgumentException("symmetric material of " + material.sizeBytes() + " bytes");
        }
        String id = MaterialId.of(keyId, material);
        // Refuses at once names that no ciphertext could bear.
        new CiphertextHeader(account, keyId, id).encoded();
        return new WrappedMaterial(id, vault.wrap(material, MaterialId.nameInVault(account, keyId, id)));
    }

    /** A ciphertext that names account, key and material, at most 6144 bytes for 4096 of plaintext. */
    public Bytes seal(
            String account, String keyId, WrappedMaterial material, Secret plaintext, Map<String, String> context) {
        byte[] aad = Canonical.context(context);
        byte[] content = plaintext.reveal();
        byte[] out = new byte[OVERHEAD_BYTES + content.length];
        KeyedCipher cipher = ciphers.borrow();
        byte[] header = load(cipher, account, keyId, material);
        System.arraycopy(header, 0, out, 0, header.length);
        entropy.fill(cipher.nonce);
        System.arraycopy(cipher.nonce, 0, out, header.length, KeyedCipher.NONCE_BYTES);
        cipher.derive(kdfInput(out));
        cipher.seal(content, out, BODY_AT, aad);
        ciphers.giveBack(cipher);
        return Bytes.adopt(out);
    }

    /** Empty when anything is altered, the context differs, or the material is another one. */
    public Optional<Secret> open(
            String account, String keyId, WrappedMaterial material, Bytes ciphertext, Map<String, String> context) {
        byte[] in = ciphertext.unsafeArray();
        if (in.length < OVERHEAD_BYTES) {
            return Optional.empty();
        }
        byte[] aad = Canonical.context(context);
        byte[] plaintext = new byte[in.length - OVERHEAD_BYTES];
        KeyedCipher cipher = ciphers.borrow();
        byte[] header = load(cipher, account, keyId, material);
        boolean named = Arrays.equals(header, 0, header.length, in, 0, header.length);
        cipher.derive(kdfInput(in));
        boolean genuine = cipher.open(in, BODY_AT, aad, plaintext) && named;
        ciphers.giveBack(cipher);
        return genuine ? Optional.of(Secret.adopt(plaintext)) : Optional.empty();
    }

    /** {@code count} random bytes, as a secret. */
    public Secret random(int count) {
        return Secret.adopt(entropy.bytes(count));
    }

    /** Zeroes what is cached of a material that was deleted. Its wrapped bytes are the caller's to forget. */
    public void forget(WrappedMaterial material) {
        cache.remove(material.id());
        ciphers.clear();
    }

    /** Puts the material into the cipher as base key. Returns the header that names it; the cache's, not to be changed. */
    private byte[] load(KeyedCipher cipher, String account, String keyId, WrappedMaterial material) {
        MaterialCache.Entry entry = cache.find(account, keyId, material);
        if (entry != null && entry.copyTo(cipher.baseKey)) {
            return entry.header;
        }
        byte[] header = new CiphertextHeader(account, keyId, material.id()).encoded();
        String name = MaterialId.nameInVault(account, keyId, material.id());
        Secret unwrapped = vault.unwrap(material.wrapped(), name)
                .orElseThrow(() -> new IllegalStateException("stored material does not unwrap: " + name));
        byte[] content = unwrapped.reveal();
        System.arraycopy(content, 0, cipher.baseKey, 0, KeyedCipher.KEY_BYTES);
        return cache.add(account, keyId, material, header, content).header;
    }

    private static byte[] kdfInput() {
        byte[] label = "keytrail message key 1".getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(4 + label.length + 1 + KeyedCipher.NONCE_BYTES + 4)
                .putInt(1)
                .put(label)
                .put((byte) 0)
                .put(new byte[KeyedCipher.NONCE_BYTES])
                .putInt(KeyedCipher.KEY_BYTES * 8)
                .array();
    }

    private static byte[] kdfInput(byte[] framed) {
        byte[] input = KDF_INPUT.clone();
        System.arraycopy(framed, CiphertextHeader.SIZE_BYTES, input, KDF_NONCE_AT, KeyedCipher.NONCE_BYTES);
        return input;
    }
}
