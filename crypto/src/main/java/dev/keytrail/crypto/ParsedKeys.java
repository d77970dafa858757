package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;

/** Stored keys as the libraries' objects, unwrapped and parsed once and cached, bounded. Thread-safe. */
final class ParsedKeys {
    private static final int CACHED_MAX = 2048;

    private final Vault vault;
    private final KeyCache<AsymmetricKey, PrivateKey> jcaPrivate = new KeyCache<>(CACHED_MAX);
    private final KeyCache<AsymmetricKey, AsymmetricKeyParameter> lightPrivate = new KeyCache<>(CACHED_MAX);
    private final KeyCache<Bytes, PublicKey> jcaPublic = new KeyCache<>(CACHED_MAX);

    ParsedKeys(Vault vault) {
        this.vault = vault;
    }

    PrivateKey forJca(AsymmetricKey key, String algorithm, Provider provider) {
        return jcaPrivate.get(key, () -> {
            try (Secret pkcs8 = unwrap(key)) {
                byte[] form = KeyForms.forJca(key.kind(), pkcs8.reveal());
                try {
                    return KeyFactory.getInstance(algorithm, provider).generatePrivate(new PKCS8EncodedKeySpec(form));
                } finally {
                    Arrays.fill(form, (byte) 0);
                }
            } catch (GeneralSecurityException _) {
                // Without its cause: who knows what a parser puts into its message.
                throw new IllegalStateException("stored " + key.kind() + " private key does not parse");
            }
        });
    }

    AsymmetricKeyParameter forBouncyCastle(AsymmetricKey key) {
        return lightPrivate.get(key, () -> {
            try (Secret pkcs8 = unwrap(key)) {
                return PrivateKeyFactory.createKey(pkcs8.reveal());
            } catch (IOException _) {
                throw new IllegalStateException("stored " + key.kind() + " private key does not parse");
            }
        });
    }

    PublicKey publicForJca(Bytes spki, String algorithm, Provider provider) {
        return jcaPublic.get(spki, () -> {
            try {
                return KeyFactory.getInstance(algorithm, provider)
                        .generatePublic(new X509EncodedKeySpec(spki.unsafeArray()));
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException("public key does not parse as " + algorithm, e);
            }
        });
    }

    static AsymmetricKeyParameter publicForBouncyCastle(Bytes spki) {
        try {
            return PublicKeyFactory.createKey(spki.unsafeArray());
        } catch (IOException e) {
            throw new IllegalStateException("stored public key does not parse", e);
        }
    }

    void forget(AsymmetricKey key) {
        jcaPrivate.remove(key);
        lightPrivate.remove(key);
    }

    private Secret unwrap(AsymmetricKey key) {
        String name = MaterialId.nameInVault(
                key.account(), key.keyId(), key.material().id());
        return vault.unwrap(key.material().wrapped(), name)
                .orElseThrow(() -> new IllegalStateException("stored material does not unwrap: " + name));
    }
}
