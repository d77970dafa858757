package dev.keytrail.kms.key;

/** Where a key's material comes from. The names are AWS's, and part of the stored format. */
public enum KeyOrigin {
    AWS_KMS,
    EXTERNAL,
    AWS_CLOUDHSM,
    EXTERNAL_KEY_STORE
}
