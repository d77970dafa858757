package dev.keytrail.crypto;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.ECKeyParameters;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.crypto.params.MLDSAKeyParameters;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMKeyParameters;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.params.RSAPrivateCrtKeyParameters;
import org.bouncycastle.crypto.util.PrivateKeyFactory;
import org.bouncycastle.crypto.util.PrivateKeyInfoFactory;
import org.bouncycastle.crypto.util.PublicKeyFactory;
import org.bouncycastle.crypto.util.SubjectPublicKeyInfoFactory;

/**
 * Keys as bytes: PKCS#8 (RFC 5958) and SubjectPublicKeyInfo (RFC 5280) in one canonical form per key, whichever library
 * made them or reads them. The canonical form decides the material id, so the same key imported in another spelling is
 * recognised.
 *
 * <p>Bytes from outside go through {@link #readPrivate} and {@link #readPublic}, which answer with nothing to whatever is
 * not a key of the kind asked for. Java's big integers cannot be zeroed; the byte arrays here are.
 */
final class KeyForms {
    private static final BigInteger RSA_EXPONENT = BigInteger.valueOf(65537);

    /** RFC 8410 section 3. */
    private static final ASN1ObjectIdentifier ED25519 = new ASN1ObjectIdentifier("1.3.101.112");

    /** Chance of taking a composite for a prime: 2^-100; generated keys do not pass here. */
    private static final int PRIME_CERTAINTY_BITS = 100;

    /** RSA_4096 takes 2,375 bytes, ML_DSA_87 in its long form 4,952. */
    private static final int ENCODED_BYTES_MAX = 8192;

    private KeyForms() {}

    /** The private key in someone else's PKCS#8, checked to be consistent and of this kind. */
    static Optional<AsymmetricKeyParameter> readPrivate(KeyKind kind, byte[] pkcs8) {
        if (pkcs8.length > ENCODED_BYTES_MAX) {
            return Optional.empty();
        }
        try {
            PrivateKeyInfo info = PrivateKeyInfo.getInstance(pkcs8);
            if (!isNamedCurve(kind, info.getPrivateKeyAlgorithm())) {
                return Optional.empty();
            }
            AsymmetricKeyParameter key = PrivateKeyFactory.createKey(info);
            return isOf(kind, key) && isConsistent(key) ? Optional.of(key) : Optional.empty();
        } catch (IOException | RuntimeException _) {
            // Bouncy Castle's parsers throw a dozen kinds of runtime exception for bytes that are no key.
            return Optional.empty();
        }
    }

    /** The public key in someone else's SubjectPublicKeyInfo, checked to be a point of the curve, and of this kind. */
    static Optional<AsymmetricKeyParameter> readPublic(KeyKind kind, byte[] spki) {
        if (spki.length > ENCODED_BYTES_MAX) {
            return Optional.empty();
        }
        try {
            SubjectPublicKeyInfo info = SubjectPublicKeyInfo.getInstance(spki);
            if (!isNamedCurve(kind, info.getAlgorithm())) {
                return Optional.empty();
            }
            AsymmetricKeyParameter key = PublicKeyFactory.createKey(info);
            return isOf(kind, key) && !key.isPrivate() ? Optional.of(key) : Optional.empty();
        } catch (IOException | RuntimeException _) {
            return Optional.empty();
        }
    }

    /** Both canonical forms. The caller owns the private one. */
    static PlainKeyPair canonical(AsymmetricKeyParameter key) {
        try {
            byte[] pkcs8 = privateInfo(key).getEncoded("DER");
            return new PlainKeyPair(Secret.adopt(pkcs8), Bytes.adopt(encodedPublic(publicOf(key))));
        } catch (IOException e) {
            throw new IllegalStateException("key of " + key.getClass().getSimpleName() + " does not encode", e);
        }
    }

    static byte[] encodedPublic(AsymmetricKeyParameter key) throws IOException {
        return SubjectPublicKeyInfoFactory.createSubjectPublicKeyInfo(key).getEncoded("DER");
    }

    /** What the JDK reads: it knows lattice keys in their expanded form only. */
    static byte[] forJca(KeyKind kind, byte[] canonicalPkcs8) {
        try {
            return switch (kind.family()) {
                case ML_DSA -> {
                    var key = (MLDSAPrivateKeyParameters) PrivateKeyFactory.createKey(canonicalPkcs8);
                    yield encoded(key.withPreferredFormat(MLDSAPrivateKeyParameters.EXPANDED_KEY));
                }
                case ML_KEM -> {
                    var key = (MLKEMPrivateKeyParameters) PrivateKeyFactory.createKey(canonicalPkcs8);
                    yield encoded(key.withPreferredFormat(MLKEMPrivateKeyParameters.EXPANDED_KEY));
                }
                case RSA, NIST_CURVE, SECG_CURVE, EDWARDS, SM2, HMAC -> canonicalPkcs8.clone();
            };
        } catch (IOException e) {
            throw new IllegalStateException("stored " + kind + " does not parse", e);
        }
    }

    static ECNamedDomainParameters curve(KeyKind kind) {
        return ECNamedDomainParameters.lookup(curveName(kind));
    }

    static MLDSAParameters mlDsa(KeyKind kind) {
        return switch (kind.size()) {
            case 44 -> MLDSAParameters.ml_dsa_44;
            case 65 -> MLDSAParameters.ml_dsa_65;
            case 87 -> MLDSAParameters.ml_dsa_87;
            default -> throw new IllegalArgumentException(kind + " is not ML-DSA");
        };
    }

    static MLKEMParameters mlKem(KeyKind kind) {
        return switch (kind.size()) {
            case 512 -> MLKEMParameters.ml_kem_512;
            case 768 -> MLKEMParameters.ml_kem_768;
            case 1024 -> MLKEMParameters.ml_kem_1024;
            default -> throw new IllegalArgumentException(kind + " is not ML-KEM");
        };
    }

    static AsymmetricKeyParameter publicOf(AsymmetricKeyParameter key) {
        return switch (key) {
            case RSAPrivateCrtKeyParameters rsa ->
                new RSAKeyParameters(false, rsa.getModulus(), rsa.getPublicExponent());
            case ECPrivateKeyParameters ec ->
                new ECPublicKeyParameters(ec.getParameters().getG().multiply(ec.getD()), ec.getParameters());
            case Ed25519PrivateKeyParameters edwards -> edwards.generatePublicKey();
            case MLDSAPrivateKeyParameters mlDsa -> mlDsa.getPublicKeyParameters();
            case MLKEMPrivateKeyParameters mlKem -> mlKem.getPublicKeyParameters();
            default ->
                throw new IllegalArgumentException(
                        "no kind of ours: " + key.getClass().getSimpleName());
        };
    }

    private static PrivateKeyInfo privateInfo(AsymmetricKeyParameter key) throws IOException {
        return switch (key) {
            // The short form of RFC 8410, which every library reads.
            case Ed25519PrivateKeyParameters edwards ->
                new PrivateKeyInfo(new AlgorithmIdentifier(ED25519), new DEROctetString(edwards.getEncoded()));
            case MLDSAPrivateKeyParameters mlDsa ->
                PrivateKeyInfoFactory.createPrivateKeyInfo(mlDsa.withPreferredFormat(
                        mlDsa.getSeed() == null
                                ? MLDSAPrivateKeyParameters.EXPANDED_KEY
                                : MLDSAPrivateKeyParameters.SEED_ONLY));
            case MLKEMPrivateKeyParameters mlKem ->
                PrivateKeyInfoFactory.createPrivateKeyInfo(mlKem.withPreferredFormat(
                        mlKem.getSeed() == null
                                ? MLKEMPrivateKeyParameters.EXPANDED_KEY
                                : MLKEMPrivateKeyParameters.SEED_ONLY));
            default -> PrivateKeyInfoFactory.createPrivateKeyInfo(key);
        };
    }

    private static byte[] encoded(AsymmetricKeyParameter key) throws IOException {
        return PrivateKeyInfoFactory.createPrivateKeyInfo(key).getEncoded("DER");
    }

    private static ASN1ObjectIdentifier curveName(KeyKind kind) {
        return switch (kind) {
            case ECC_NIST_P256 -> SECObjectIdentifiers.secp256r1;
            case ECC_NIST_P384 -> SECObjectIdentifiers.secp384r1;
            case ECC_NIST_P521 -> SECObjectIdentifiers.secp521r1;
            case ECC_SECG_P256K1 -> SECObjectIdentifiers.secp256k1;
            case SM2 -> GMObjectIdentifiers.sm2p256v1;
            default -> throw new IllegalArgumentException(kind + " has no curve");
        };
    }

    /** A curve must be given by its name: parameters spelt out may be a weak one that looks alike. */
    private static boolean isNamedCurve(KeyKind kind, AlgorithmIdentifier algorithm) {
        return switch (kind.family()) {
            case NIST_CURVE, SECG_CURVE, SM2 -> curveName(kind).equals(algorithm.getParameters());
            case RSA, EDWARDS, ML_DSA, ML_KEM, HMAC -> true;
        };
    }

    private static boolean isOf(KeyKind kind, AsymmetricKeyParameter key) {
        return switch (kind.family()) {
            case RSA ->
                key instanceof RSAKeyParameters rsa
                        && rsa.getModulus().bitLength() == kind.size()
                        && (rsa.isPrivate() || RSA_EXPONENT.equals(rsa.getExponent()));
            case NIST_CURVE, SECG_CURVE, SM2 ->
                key instanceof ECKeyParameters ec
                        && ec.getParameters() instanceof ECNamedDomainParameters named
                        && named.getName().equals(curveName(kind));
            case EDWARDS -> key instanceof Ed25519PrivateKeyParameters || key instanceof Ed25519PublicKeyParameters;
            case ML_DSA ->
                key instanceof MLDSAKeyParameters mlDsa && mlDsa.getParameters().equals(mlDsa(kind));
            case ML_KEM ->
                key instanceof MLKEMKeyParameters mlKem && mlKem.getParameters().equals(mlKem(kind));
            case HMAC -> false;
        };
    }

    /** RSA's parts must belong together; for the others the parser has looked, or there is one part only. */
    private static boolean isConsistent(AsymmetricKeyParameter key) {
        return switch (key) {
            case RSAPrivateCrtKeyParameters rsa -> isConsistent(rsa);
            case RSAKeyParameters _ -> false;
            case MLKEMPrivateKeyParameters mlKem -> isConsistent(mlKem);
            case MLDSAPrivateKeyParameters mlDsa -> isConsistent(mlDsa);
            default -> key.isPrivate();
        };
    }

    private static boolean isConsistent(RSAPrivateCrtKeyParameters rsa) {
        BigInteger p = rsa.getP();
        BigInteger q = rsa.getQ();
        BigInteger pLess = p.subtract(BigInteger.ONE);
        BigInteger qLess = q.subtract(BigInteger.ONE);
        return RSA_EXPONENT.equals(rsa.getPublicExponent())
                && p.signum() > 0
                && !p.equals(q)
                && p.multiply(q).equals(rsa.getModulus())
                && rsa.getExponent().compareTo(rsa.getModulus()) < 0
                && rsa.getExponent().mod(pLess).equals(rsa.getDP())
                && rsa.getExponent().mod(qLess).equals(rsa.getDQ())
                && rsa.getQInv().multiply(q).mod(p).equals(BigInteger.ONE)
                && RSA_EXPONENT.multiply(rsa.getDP()).mod(pLess).equals(BigInteger.ONE)
                && RSA_EXPONENT.multiply(rsa.getDQ()).mod(qLess).equals(BigInteger.ONE)
                && p.isProbablePrime(PRIME_CERTAINTY_BITS)
                && q.isProbablePrime(PRIME_CERTAINTY_BITS);
    }

    private static boolean isConsistent(MLKEMPrivateKeyParameters key) {
        return key.getSeed() == null
                || Arrays.equals(
                        key.getEncoded(),
                        new MLKEMPrivateKeyParameters(key.getParameters(), key.getSeed()).getEncoded());
    }

    private static boolean isConsistent(MLDSAPrivateKeyParameters key) {
        return key.getSeed() == null
                || Arrays.equals(
                        key.getEncoded(),
                        new MLDSAPrivateKeyParameters(key.getParameters(), key.getSeed()).getEncoded());
    }
}
