package dev.keytrail.crypto;

/** What the caller hands over to be signed, named as the {@code MessageType} of the KMS model. */
public enum MessageForm {
    /** The message itself. */
    RAW,
    /** Its digest, which is not hashed again; except for ED25519_PH_SHA_512, which hashes whatever it gets. */
    DIGEST,
    /** The 64-byte mu of FIPS 204 section 6.2. */
    EXTERNAL_MU
}
