package dev.keytrail.kms.key;

import dev.keytrail.crypto.WrappedMaterial;

/** One version of a key's material. A symmetric key has one that is current; rotation leaves older ones for decryption. */
public record Material(WrappedMaterial wrapped, Standing standing) {
    /** How a version stands to its key (kms.md section 9). Names are part of the stored format. */
    public enum Standing {
        CURRENT,
        NON_CURRENT,
        PENDING_ROTATION
    }

    public String id() {
        return wrapped.id();
    }
}
