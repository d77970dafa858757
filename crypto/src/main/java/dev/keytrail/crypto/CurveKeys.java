package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Optional;
import javax.crypto.KeyAgreement;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;

/** The NIST curves: ECDSA (FIPS 186-5) over a digest, DER signatures; ECDH (SP 800-56A), the shared x coordinate. */
final class CurveKeys {
    private final Algorithms algorithms;
    private final ParsedKeys keys;
    private final SecureRandom random;

    CurveKeys(Algorithms algorithms, ParsedKeys keys, SecureRandom random) {
        this.algorithms = algorithms;
        this.keys = keys;
        this.random = random;
    }

    Bytes sign(AsymmetricKey key, byte[] digest) {
        Provider provider = algorithms.nistCurves();
        try {
            Signature signature = Signature.getInstance("NONEwithECDSA", provider);
            signature.initSign(keys.forJca(key, "EC", provider), random);
            signature.update(digest);
            return Bytes.adopt(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(key.kind() + " refuses to sign", e);
        }
    }

    boolean verify(KeyKind kind, Bytes publicKey, byte[] digest, Bytes candidate) {
        Provider provider = algorithms.nistCurves();
        if (!isDer(kind, candidate)) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance("NONEwithECDSA", provider);
            signature.initVerify(keys.publicForJca(publicKey, "EC", provider));
            signature.update(digest);
            return signature.verify(candidate.unsafeArray());
        } catch (SignatureException _) {
            return false; // Not a DER signature at all.
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(kind + " refuses to verify", e);
        }
    }

    /** The JDK's own provider takes other encodings too, and so would give one signature many forms. */
    private static boolean isDer(KeyKind kind, Bytes candidate) {
        try {
            StandardDSAEncoding.INSTANCE.decode(KeyForms.curve(kind).getN(), candidate.unsafeArray());
            return true;
        } catch (IOException | RuntimeException _) {
            return false; // Bouncy Castle's parser throws a dozen kinds for what is none.
        }
    }

    /** Empty when the peer's key is not a point of the same named curve. */
    Optional<Secret> agree(AsymmetricKey key, Bytes peer) {
        Provider provider = algorithms.nistCurves();
        return KeyForms.readPublic(key.kind(), peer.unsafeArray()).flatMap(point -> {
            try {
                // Spelt anew, so that the provider parses our form and not a stranger's.
                Bytes spki = Bytes.adopt(KeyForms.encodedPublic(point));
                PublicKey other = keys.publicForJca(spki, "EC", provider);
                KeyAgreement agreement = KeyAgreement.getInstance("ECDH", provider);
                agreement.init(keys.forJca(key, "EC", provider), random);
                agreement.doPhase(other, true);
                return Optional.of(Secret.adopt(agreement.generateSecret()));
            } catch (InvalidKeyException _) {
                return Optional.empty();
            } catch (GeneralSecurityException | IOException e) {
                throw new IllegalStateException("ECDH is missing", e);
            }
        });
    }
}
