package dev.keytrail.kms.key;

/** What a key is for; fixed when it is made. The names are AWS's, and part of the stored format. */
public enum KeyUsage {
    ENCRYPT_DECRYPT,
    SIGN_VERIFY,
    GENERATE_VERIFY_MAC,
    KEY_AGREEMENT,
    ENCAPSULATE_DECAPSULATE
}
