package dev.keytrail.crypto;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import com.amazon.corretto.crypto.provider.SelfTestStatus;
import java.security.Provider;
import java.security.Security;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which library computes what, and why. Providers are passed as objects and never installed, so nothing else in the
 * process is affected, and nothing else can take over here.
 *
 * <table>
 * <caption>Choice of library</caption>
 * <tr><th>algorithm</th><th>from</th><th>why</th></tr>
 * <tr><td>AES-GCM, HMAC, SHA-2, AES-KWP</td><td>JDK</td><td>intrinsics; no native library on the way to the first
 *     Encrypt; ACCP saves a microsecond of AES-GCM, but lacks HmacSHA224</td></tr>
 * <tr><td>RSA: generate, raw, OAEP</td><td>ACCP, else JDK</td><td>signs in a quarter of the time</td></tr>
 * <tr><td>RSA-PSS encoding</td><td>Bouncy Castle over the raw RSA above</td><td>JDK and ACCP cannot take a
 *     digest</td></tr>
 * <tr><td>ECDSA and ECDH on NIST curves</td><td>ACCP, else JDK</td><td>an eighth of the time</td></tr>
 * <tr><td>ECDSA on secp256k1</td><td>Bouncy Castle</td><td>82 against ACCP's 244 us to sign; the JDK dropped the
 *     curve</td></tr>
 * <tr><td>Ed25519, Ed25519ph</td><td>Bouncy Castle</td><td>33 against the JDK's 635 us to sign, 74 against 638 to
 *     verify; ACCP's 20 and 40 are not everywhere</td></tr>
 * <tr><td>ML-DSA</td><td>JDK</td><td>twice as fast as ACCP</td></tr>
 * <tr><td>ML-DSA with external mu, all SM2, seeds and public keys out of private keys, PKCS#8 and
 *     SubjectPublicKeyInfo</td><td>Bouncy Castle</td><td>the others lack them, or each has its own form</td></tr>
 * <tr><td>ML-KEM</td><td>JDK</td><td>faster than Bouncy Castle; not in ACCP</td></tr>
 * <tr><td>generation on curves, Ed25519, ML-*</td><td>Bouncy Castle</td><td>draws from the house's entropy, which ACCP
 *     cannot; RSA generation with ACCP is the one exception</td></tr>
 * </table>
 *
 * <p>ACCP comes as a native library for some platforms; it is loaded and tests itself at the first asymmetric operation
 * (some 0.2 s). Without it everything still works, slower, and a warning says so once.
 *
 * @param rsaKeys key factory and generator
 * @param rsaCiphers the raw permutation and OAEP
 * @param nistCurves key factory, ECDSA, ECDH
 */
record Algorithms(Provider rsaKeys, Provider rsaCiphers, Provider nistCurves) {
    private static final Logger LOG = LoggerFactory.getLogger(Algorithms.class);

    /** The fastest that this machine has; the same answer for the life of the process. */
    static Algorithms fastest() {
        return Native.ACCP.map(Algorithms::withAccp).orElseGet(Algorithms::withoutAccp);
    }

    static Algorithms withAccp(Provider accp) {
        return new Algorithms(accp, accp, accp);
    }

    static Algorithms withoutAccp() {
        return new Algorithms(jdk("SunRsaSign"), jdk("SunJCE"), jdk("SunEC"));
    }

    /** One of the JDK's own providers. */
    static Provider jdk(String name) {
        Provider provider = Security.getProvider(name);
        if (provider == null) {
            throw new IllegalStateException("this JDK lacks its provider " + name);
        }
        return provider;
    }

    static Optional<Provider> accp() {
        return Native.ACCP;
    }

    /** Its own class, so that the native library is loaded when it is first asked for and once. */
    private static final class Native {
        static final Optional<Provider> ACCP = load();

        private static Optional<Provider> load() {
            try {
                AmazonCorrettoCryptoProvider provider = AmazonCorrettoCryptoProvider.INSTANCE;
                Throwable failure = provider.getLoadingError();
                if (failure == null && provider.runSelfTests() == SelfTestStatus.PASSED) {
                    return Optional.of(provider);
                }
                warn(failure == null ? "it failed its self-tests" : failure.toString());
            } catch (LinkageError | RuntimeException e) {
                warn(e.toString());
            }
            return Optional.empty();
        }

        private static void warn(String reason) {
            LOG.warn("Amazon Corretto Crypto Provider is not available, RSA and ECDSA will be slow: {}", reason);
        }
    }
}
