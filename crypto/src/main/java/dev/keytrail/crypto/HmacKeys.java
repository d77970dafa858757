package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.KeyKind.Family;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/** The HMAC keys of KMS. Unwrapped material is cached inside, bounded. Thread-safe. */
public final class HmacKeys {
    private static final int CACHED_MAX = 8192;

    private final Vault vault;
    private final Entropy entropy;
    private final KeyCache<Owned, SecretKey> keys = new KeyCache<>(CACHED_MAX);

    public HmacKeys(Vault vault, Entropy entropy) {
        this.vault = vault;
        this.entropy = entropy;
    }

    /** Fresh material, as long as the digest: 28, 32, 48 or 64 bytes. */
    public WrappedMaterial generate(String account, String keyId, KeyKind kind) {
        try (Secret material = Secret.adopt(entropy.bytes(materialBytes(kind)))) {
            return wrap(account, keyId, kind, material);
        }
    }

    /** Imported material, which must be of {@link #materialBytes}. The same material gives the same id. */
    public WrappedMaterial wrap(String account, String keyId, KeyKind kind, Secret material) {
        if (material.sizeBytes() != materialBytes(kind)) {
            throw new IllegalArgumentException(kind + " material of " + material.sizeBytes() + " bytes");
        }
        String id = MaterialId.of(keyId, material);
        return new WrappedMaterial(id, vault.wrap(material, MaterialId.nameInVault(account, keyId, id)));
    }

    public static int materialBytes(KeyKind kind) {
        if (kind.family() != Family.HMAC) {
            throw new IllegalArgumentException(kind + " is not HMAC");
        }
        return kind.size() / 8;
    }

    public Bytes mac(String account, String keyId, WrappedMaterial material, MacScheme scheme, Secret message) {
        return Bytes.adopt(compute(account, keyId, material, scheme, message));
    }

    /** In constant time for a candidate of the right length. */
    public boolean verify(
            String account, String keyId, WrappedMaterial material, MacScheme scheme, Secret message, Bytes candidate) {
        return MessageDigest.isEqual(compute(account, keyId, material, scheme, message), candidate.unsafeArray());
    }

    /** Drops what is cached of a material that was deleted. */
    public void forget(String account, String keyId, WrappedMaterial material) {
        keys.remove(new Owned(account, keyId, material));
    }

    private byte[] compute(String account, String keyId, WrappedMaterial material, MacScheme scheme, Secret message) {
        SecretKey key = keys.get(new Owned(account, keyId, material), () -> unwrap(account, keyId, material));
        try {
            Mac mac = Mac.getInstance(scheme.jcaName(), "SunJCE");
            mac.init(key);
            return mac.doFinal(message.reveal());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK lacks " + scheme.jcaName() + " in SunJCE", e);
        }
    }

    private SecretKey unwrap(String account, String keyId, WrappedMaterial material) {
        String name = MaterialId.nameInVault(account, keyId, material.id());
        try (Secret unwrapped = vault.unwrap(material.wrapped(), name)
                .orElseThrow(() -> new IllegalStateException("stored material does not unwrap: " + name))) {
            return new SecretKeySpec(unwrapped.reveal(), "Hmac");
        }
    }

    private record Owned(String account, String keyId, WrappedMaterial material) {}
}
