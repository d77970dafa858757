package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.util.Optional;

/** Wraps secrets at rest under the root key. Thread-safe. */
public final class Vault {
    public Vault(RootKey root, Entropy entropy) {
        if (entropy == null || root.key().sizeBytes() != 32) {
            throw new IllegalArgumentException();
        }
    }

    /** AES-256-GCM; {@code name} (what the secret is and whose) is bound as additional data. */
    public Bytes wrap(Secret secret, String name) {
        throw new UnsupportedOperationException(name + secret.sizeBytes());
    }

    /** Empty when the bytes were not wrapped by this root key under this name. */
    public Optional<Secret> unwrap(Bytes wrapped, String name) {
        throw new UnsupportedOperationException(name + wrapped.size());
    }
}
