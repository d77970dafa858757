package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Signature;
import java.security.SignatureException;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.signers.Ed25519phSigner;

/** Ed25519 and Ed25519ph of RFC 8032. The latter hashes what it gets, also when that is a digest already, as KMS does. */
final class EdwardsKeys {
    private static final int SIGNATURE_BYTES = 64;
    private static final byte[] NO_CONTEXT = {};

    private final ParsedKeys keys;
    private final Provider provider = Algorithms.jdk("SunEC");

    EdwardsKeys(ParsedKeys keys) {
        this.keys = keys;
    }

    Bytes sign(AsymmetricKey key, byte[] message) {
        try {
            Signature signature = Signature.getInstance("Ed25519", provider);
            signature.initSign(keys.forJca(key, "Ed25519", provider));
            signature.update(message);
            return Bytes.adopt(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 refuses to sign", e);
        }
    }

    boolean verify(Bytes publicKey, byte[] message, Bytes candidate) {
        if (candidate.size() != SIGNATURE_BYTES) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance("Ed25519", provider);
            signature.initVerify(keys.publicForJca(publicKey, "Ed25519", provider));
            signature.update(message);
            return signature.verify(candidate.unsafeArray());
        } catch (SignatureException _) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("Ed25519 refuses to verify", e);
        }
    }

    Bytes signPrehashed(AsymmetricKey key, byte[] message) {
        Ed25519phSigner signer = prehashed(true, keys.forBouncyCastle(key), message);
        return Bytes.adopt(signer.generateSignature());
    }

    boolean verifyPrehashed(Bytes publicKey, byte[] message, Bytes candidate) {
        return candidate.size() == SIGNATURE_BYTES
                && prehashed(false, ParsedKeys.publicForBouncyCastle(publicKey), message)
                        .verifySignature(candidate.unsafeArray());
    }

    private static Ed25519phSigner prehashed(boolean signing, AsymmetricKeyParameter key, byte[] message) {
        Ed25519phSigner signer = new Ed25519phSigner(NO_CONTEXT);
        signer.init(signing, key);
        signer.update(message, 0, message.length);
        return signer;
    }
}
