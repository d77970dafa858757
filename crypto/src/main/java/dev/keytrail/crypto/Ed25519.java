package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;

/** Checks Ed25519 signatures (RFC 8032) for those who have a bare public key and no vault. */
public final class Ed25519 {
    public static final int PUBLIC_KEY_BYTES = 32;

    private static final int SIGNATURE_BYTES = 64;

    private Ed25519() {}

    /** False for everything that is not this key's signature over this message, also for what is no key at all. */
    public static boolean verify(Bytes publicKey, Bytes message, Bytes signature) {
        return publicKey.size() == PUBLIC_KEY_BYTES
                && signature.size() == SIGNATURE_BYTES
                && org.bouncycastle.math.ec.rfc8032.Ed25519.verify(
                        signature.unsafeArray(),
                        0,
                        publicKey.unsafeArray(),
                        0,
                        message.unsafeArray(),
                        0,
                        message.size());
    }
}
