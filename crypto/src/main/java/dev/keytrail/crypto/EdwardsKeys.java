package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.Signer;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.signers.Ed25519phSigner;

/** Ed25519 and Ed25519ph of RFC 8032. The latter hashes what it gets, also when that is a digest already, as KMS does. */
final class EdwardsKeys {
    private static final int SIGNATURE_BYTES = 64;
    private static final byte[] NO_CONTEXT = {};

    private final ParsedKeys keys;

    EdwardsKeys(ParsedKeys keys) {
        this.keys = keys;
    }

    Bytes sign(AsymmetricKey key, byte[] message) {
        return sign(new Ed25519Signer(), key, message);
    }

    boolean verify(Bytes publicKey, byte[] message, Bytes signature) {
        return verify(new Ed25519Signer(), publicKey, message, signature);
    }

    Bytes signPrehashed(AsymmetricKey key, byte[] message) {
        return sign(new Ed25519phSigner(NO_CONTEXT), key, message);
    }

    boolean verifyPrehashed(Bytes publicKey, byte[] message, Bytes signature) {
        return verify(new Ed25519phSigner(NO_CONTEXT), publicKey, message, signature);
    }

    private Bytes sign(Signer signer, AsymmetricKey key, byte[] message) {
        try {
            signer.init(true, keys.forBouncyCastle(key));
            signer.update(message, 0, message.length);
            return Bytes.adopt(signer.generateSignature());
        } catch (CryptoException e) {
            throw new IllegalStateException("Ed25519 refuses to sign", e);
        }
    }

    private static boolean verify(Signer signer, Bytes publicKey, byte[] message, Bytes signature) {
        if (signature.size() != SIGNATURE_BYTES) {
            return false;
        }
        CipherParameters key = ParsedKeys.publicForBouncyCastle(publicKey);
        signer.init(false, key);
        signer.update(message, 0, message.length);
        return signer.verifySignature(signature.unsafeArray());
    }
}
