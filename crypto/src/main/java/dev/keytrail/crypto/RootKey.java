package dev.keytrail.crypto;

import dev.keytrail.call.Secret;

/** The 256-bit key that wraps everything at rest. Read once at start from its custody provider. */
public final class RootKey {
    private final Secret key;

    public RootKey(Secret key) {
        if (key.sizeBytes() != 32) {
            throw new IllegalArgumentException("root key of " + key.sizeBytes() + " bytes");
        }
        this.key = key;
    }

    Secret key() {
        return key;
    }
}
