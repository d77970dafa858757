package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.signers.MLDSASigner;

/** Checks ML-DSA-44 signatures (FIPS 204, pure, empty context) for those who have a bare public key and no vault. */
public final class MlDsa44 {
    public static final int PUBLIC_KEY_BYTES = 1312;

    public static final int SIGNATURE_BYTES = 2420;

    private MlDsa44() {}

    /** False for everything that is not this key's signature over this message, also for what is no key at all. */
    public static boolean verify(Bytes publicKey, Bytes message, Bytes signature) {
        if (publicKey.size() != PUBLIC_KEY_BYTES || signature.size() != SIGNATURE_BYTES) {
            return false;
        }
        MLDSASigner signer = new MLDSASigner();
        signer.init(false, new MLDSAPublicKeyParameters(MLDSAParameters.ml_dsa_44, publicKey.toArray()));
        signer.update(message.unsafeArray(), 0, message.size());
        return signer.verifySignature(signature.toArray());
    }
}
