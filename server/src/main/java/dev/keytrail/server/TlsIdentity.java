package dev.keytrail.server;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One certificate with its key, for either side of a connection. Both are read again when their files change, for new
 * connections; what cannot be read leaves the old ones in use, with a warning. Thread-safe.
 *
 * <p>As a client it shows its certificate to whoever asks for one, whatever authorities they name: they decide.
 */
final class TlsIdentity extends X509ExtendedKeyManager {
    private static final Logger LOG = LoggerFactory.getLogger(TlsIdentity.class);

    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String ALIAS = "own";

    private final Path certificate;
    private final Path key;
    private volatile Loaded loaded;

    private record Loaded(List<X509Certificate> chain, PrivateKey key, List<FileTime> times, long lookedAt) {}

    /**
     * @param certificate PEM file: the certificate, then those that lead to its root
     * @param key PEM file of its private key, PKCS#8
     * @throws IOException when a file cannot be read, with a text for the operator
     */
    TlsIdentity(Path certificate, Path key) throws IOException {
        this.certificate = certificate;
        this.key = key;
        this.loaded = load(certificate, key);
    }

    private static Loaded load(Path certificate, Path key) throws IOException {
        List<FileTime> times = times(certificate, key);
        List<X509Certificate> chain = TlsFiles.certificates(certificate);
        PrivateKey secret =
                TlsFiles.privateKey(key, chain.getFirst().getPublicKey().getAlgorithm());
        return new Loaded(chain, secret, times, System.nanoTime());
    }

    private static List<FileTime> times(Path certificate, Path key) throws IOException {
        return List.of(Files.getLastModifiedTime(certificate), Files.getLastModifiedTime(key));
    }

    private Loaded current() {
        Loaded now = loaded;
        if (System.nanoTime() - now.lookedAt < LOOK_AGAIN_NANOS) {
            return now;
        }
        Loaded next = new Loaded(now.chain, now.key, now.times, System.nanoTime());
        try {
            if (!times(certificate, key).equals(now.times)) {
                next = load(certificate, key);
                LOG.info("the TLS certificate was read again");
            }
        } catch (IOException | IllegalArgumentException e) {
            LOG.warn("the TLS certificate has changed and cannot be read, so the old one stays: {}", e.getMessage());
        }
        loaded = next;
        return next;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return aliases(keyType);
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(keyTypes);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(keyTypes);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        return aliases(keyType);
    }

    @Override
    public @Nullable String chooseServerAlias(String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return choose(keyType);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return choose(keyType);
    }

    private String @Nullable [] aliases(String keyType) {
        return choose(keyType) == null ? null : new String[] {ALIAS};
    }

    private @Nullable String choose(String... keyTypes) {
        String algorithm = current().key.getAlgorithm();
        for (String keyType : keyTypes) {
            if (fits(algorithm, keyType)) {
                return ALIAS;
            }
        }
        return null;
    }

    private static boolean fits(String algorithm, String keyType) {
        return keyType.equals(algorithm)
                || keyType.startsWith(algorithm + "_")
                || (algorithm.equals("RSA") && keyType.startsWith("RSA"))
                || (algorithm.equals("EdDSA") && keyType.startsWith("Ed"));
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return loaded.chain.toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return loaded.key;
    }
}
