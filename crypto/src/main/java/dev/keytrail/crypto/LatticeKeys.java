package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Optional;
import javax.crypto.DecapsulateException;
import javax.crypto.KEM;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.MLDSASigner;

/** ML-DSA (FIPS 204, hedged, empty context) and ML-KEM (FIPS 203). */
final class LatticeKeys {
    private final ParsedKeys keys;
    private final SecureRandom random;
    private final Provider signatures = Algorithms.jdk("SUN");
    private final Provider kems = Algorithms.jdk("SunJCE");

    LatticeKeys(ParsedKeys keys, SecureRandom random) {
        this.keys = keys;
        this.random = random;
    }

    Bytes sign(AsymmetricKey key, byte[] message) {
        try {
            Signature signature = Signature.getInstance(jcaName(key.kind()), signatures);
            signature.initSign(keys.forJca(key, jcaName(key.kind()), signatures), random);
            signature.update(message);
            return Bytes.adopt(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(key.kind() + " refuses to sign", e);
        }
    }

    boolean verify(KeyKind kind, Bytes publicKey, byte[] message, Bytes candidate) {
        if (candidate.size() != signatureBytes(kind)) {
            return false;
        }
        try {
            Signature signature = Signature.getInstance(jcaName(kind), signatures);
            signature.initVerify(keys.publicForJca(publicKey, jcaName(kind), signatures));
            signature.update(message);
            return signature.verify(candidate.unsafeArray());
        } catch (SignatureException _) {
            return false;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(kind + " refuses to verify", e);
        }
    }

    Bytes signMu(AsymmetricKey key, byte[] mu) {
        try {
            MLDSASigner signer = new MLDSASigner();
            signer.init(true, new ParametersWithRandom(keys.forBouncyCastle(key), random));
            return Bytes.adopt(signer.generateMuSignature(mu));
        } catch (CryptoException e) {
            throw new IllegalStateException(key.kind() + " refuses to sign", e);
        }
    }

    boolean verifyMu(KeyKind kind, Bytes publicKey, byte[] mu, Bytes candidate) {
        if (candidate.size() != signatureBytes(kind)) {
            return false;
        }
        MLDSASigner signer = new MLDSASigner();
        signer.init(false, ParsedKeys.publicForBouncyCastle(publicKey));
        return signer.verifyMuSignature(mu, candidate.unsafeArray());
    }

    Encapsulated encapsulate(KeyKind kind, Bytes publicKey) {
        try {
            KEM.Encapsulated made = KEM.getInstance(jcaName(kind), kems)
                    .newEncapsulator(keys.publicForJca(publicKey, jcaName(kind), kems), random)
                    .encapsulate();
            return new Encapsulated(Secret.adopt(made.key().getEncoded()), Bytes.adopt(made.encapsulation()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(kind + " refuses to encapsulate", e);
        }
    }

    /** Empty for a wrong length alone; any other stranger gives 32 bytes that look as good as the right ones. */
    Optional<Secret> decapsulate(AsymmetricKey key, Bytes ciphertext) {
        KeyKind kind = key.kind();
        if (ciphertext.size() != encapsulationBytes(kind)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Secret.adopt(KEM.getInstance(jcaName(kind), kems)
                    .newDecapsulator(keys.forJca(key, jcaName(kind), kems))
                    .decapsulate(ciphertext.unsafeArray())
                    .getEncoded()));
        } catch (DecapsulateException e) {
            throw new IllegalStateException(kind + " does not reject implicitly", e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(kind + " refuses to decapsulate", e);
        }
    }

    private static String jcaName(KeyKind kind) {
        return kind.name().replace('_', '-');
    }

    private static int signatureBytes(KeyKind kind) {
        return switch (kind.size()) {
            case 44 -> 2420;
            case 65 -> 3309;
            case 87 -> 4627;
            default -> throw new IllegalArgumentException(kind + " is not ML-DSA");
        };
    }

    private static int encapsulationBytes(KeyKind kind) {
        return switch (kind.size()) {
            case 512 -> 768;
            case 768 -> 1088;
            case 1024 -> 1568;
            default -> throw new IllegalArgumentException(kind + " is not ML-KEM");
        };
    }
}
