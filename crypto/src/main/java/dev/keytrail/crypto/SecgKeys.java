package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import org.bouncycastle.crypto.params.ECKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;

/** ECDSA on secp256k1 (SEC 2) over a digest, DER signatures. */
final class SecgKeys {
    private final ParsedKeys keys;
    private final SecureRandom random;

    SecgKeys(ParsedKeys keys, SecureRandom random) {
        this.keys = keys;
        this.random = random;
    }

    Bytes sign(AsymmetricKey key, byte[] digest) {
        ECKeyParameters parsed = (ECKeyParameters) keys.forBouncyCastle(key);
        ECDSASigner signer = new ECDSASigner();
        signer.init(true, new ParametersWithRandom(parsed, random));
        BigInteger[] pair = signer.generateSignature(digest);
        try {
            return Bytes.adopt(
                    StandardDSAEncoding.INSTANCE.encode(parsed.getParameters().getN(), pair[0], pair[1]));
        } catch (IOException e) {
            throw new IllegalStateException("signature does not encode", e);
        }
    }

    boolean verify(Bytes publicKey, byte[] digest, Bytes signature) {
        ECKeyParameters parsed = (ECKeyParameters) ParsedKeys.publicForBouncyCastle(publicKey);
        BigInteger[] pair;
        try {
            pair = StandardDSAEncoding.INSTANCE.decode(parsed.getParameters().getN(), signature.unsafeArray());
        } catch (IOException | RuntimeException _) {
            return false; // Not the DER sequence it should be, or numbers out of range.
        }
        ECDSASigner signer = new ECDSASigner();
        signer.init(false, parsed);
        return signer.verifySignature(digest, pair[0], pair[1]);
    }
}
