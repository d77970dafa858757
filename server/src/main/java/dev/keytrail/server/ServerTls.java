package dev.keytrail.server;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyManagementException;
import java.security.KeyStore;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS by the JDK: versions 1.3 and 1.2, cipher suites with forward secrecy and authenticated encryption alone, the JDK's own
 * order of key exchanges (with X25519MLKEM768 first where a JDK has it; 25 has not). Certificate and key are read again when
 * their files change, for new connections; what cannot be read leaves the old ones in use, with a warning.
 *
 * <p>The HTTP library tells of a connection only that it is secure, so sockets are remembered here by their peers' addresses
 * for as long as they are open: the record wants version and cipher suite.
 */
final class ServerTls {
    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

    static final List<String> VERSIONS = List.of("TLSv1.3", "TLSv1.2");

    private static final List<String> CIPHER_SUITES = List.of(
            "TLS_AES_256_GCM_SHA384",
            "TLS_AES_128_GCM_SHA256",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256");

    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Closed sockets are swept out whenever this many more have come. */
    private static final int SWEEP_EVERY = 1024;

    /** Handshakes that stall hold a connection no longer than this. */
    private static final int HANDSHAKE_MILLIS_MAX = 10_000;

    private static final Pattern PEM_KEY =
            Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
    private static final String ALIAS = "server";

    private final Map<SocketAddress, SSLSocket> sockets = new ConcurrentHashMap<>();
    private final AtomicLong opened = new AtomicLong();
    private final SSLContext context;

    private ServerTls(TlsSettings settings) throws IOException {
        try {
            SSLContext inner = SSLContext.getInstance("TLS");
            Reloading keys = new Reloading(
                    settings.certificate().orElseThrow(), settings.key().orElseThrow());
            Optional<Path> clients = settings.clients();
            TrustManager[] trust = clients.isPresent() ? trusting(clients.get()) : new TrustManager[0];
            inner.init(new KeyManager[] {keys}, trust, null);
            SSLParameters parameters = inner.getDefaultSSLParameters();
            parameters.setProtocols(VERSIONS.toArray(String[]::new));
            parameters.setCipherSuites(CIPHER_SUITES.toArray(String[]::new));
            parameters.setUseCipherSuitesOrder(true);
            if (clients.isPresent() && settings.clientsRequired()) {
                parameters.setNeedClientAuth(true);
            } else if (clients.isPresent()) {
                parameters.setWantClientAuth(true);
            }
            this.context = new Watched(inner, new Sockets(inner.getSocketFactory(), parameters));
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS cannot be set up: " + e.getMessage(), e);
        }
    }

    /** @throws IOException when a file cannot be read, with a text for the operator */
    static Optional<ServerTls> open(TlsSettings settings) throws IOException {
        return settings.on() ? Optional.of(new ServerTls(settings)) : Optional.empty();
    }

    SSLContext context() {
        return context;
    }

    /** What was agreed with this peer; empty when the connection is gone. */
    Optional<SSLSession> session(SocketAddress peer) {
        return Optional.ofNullable(sockets.get(peer)).map(SSLSocket::getSession);
    }

    private void remember(SSLSocket socket) {
        sockets.put(socket.getRemoteSocketAddress(), socket);
        if (opened.incrementAndGet() % SWEEP_EVERY == 0) {
            sockets.values().removeIf(Socket::isClosed);
        }
    }

    private static TrustManager[] trusting(Path file) throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        int count = 0;
        for (Certificate certificate : certificates(file)) {
            trusted.setCertificateEntry("client-" + count++, certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(trusted);
        return factory.getTrustManagers();
    }

    private static Collection<? extends Certificate> certificates(Path file)
            throws IOException, GeneralSecurityException {
        try (InputStream in = new ByteArrayInputStream(Files.readAllBytes(file))) {
            Collection<? extends Certificate> all =
                    CertificateFactory.getInstance("X.509").generateCertificates(in);
            if (all.isEmpty()) {
                throw new IOException("there is no certificate in " + file);
            }
            return all;
        }
    }

    /** One certificate with its key, read again when a file changes. */
    private static final class Reloading extends X509ExtendedKeyManager {
        private final Path certificate;
        private final Path key;
        private volatile Loaded loaded;

        private record Loaded(List<X509Certificate> chain, PrivateKey key, List<FileTime> times, long lookedAt) {}

        Reloading(Path certificate, Path key) throws IOException, GeneralSecurityException {
            this.certificate = certificate;
            this.key = key;
            this.loaded = load(certificate, key);
        }

        private static Loaded load(Path certificate, Path key) throws IOException, GeneralSecurityException {
            List<FileTime> times = times(certificate, key);
            List<X509Certificate> chain = certificates(certificate).stream()
                    .map(X509Certificate.class::cast)
                    .toList();
            PrivateKey secret = privateKey(key, chain.getFirst().getPublicKey().getAlgorithm());
            return new Loaded(chain, secret, times, System.nanoTime());
        }

        private static List<FileTime> times(Path certificate, Path key) throws IOException {
            return List.of(Files.getLastModifiedTime(certificate), Files.getLastModifiedTime(key));
        }

        private static PrivateKey privateKey(Path file, String algorithm) throws IOException, GeneralSecurityException {
            Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(file);
            if (permissions.contains(PosixFilePermission.OTHERS_READ)
                    || permissions.contains(PosixFilePermission.GROUP_WRITE)
                    || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException(file + ": the private key may be read or changed by others: chmod 600");
            }
            Matcher pem = PEM_KEY.matcher(Files.readString(file, StandardCharsets.US_ASCII));
            if (!pem.find()) {
                throw new IOException(
                        file + " has no PKCS#8 private key in PEM (openssl pkcs8 -topk8 -nocrypt makes one)");
            }
            byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } finally {
                Arrays.fill(der, (byte) 0);
            }
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
            } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
                LOG.warn(
                        "the TLS certificate has changed and cannot be read, so the old one stays: {}", e.getMessage());
            }
            loaded = next;
            return next;
        }

        @Override
        public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }

        @Override
        public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
            return fits(keyType) ? new String[] {ALIAS} : null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return fits(keyType) ? ALIAS : null;
        }

        @Override
        public @Nullable String chooseEngineServerAlias(
                String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            return fits(keyType) ? ALIAS : null;
        }

        private boolean fits(String keyType) {
            String algorithm = current().key.getAlgorithm();
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

    /** Server sides of accepted sockets, with our parameters: the HTTP library sets none on them. */
    private final class Sockets extends SSLSocketFactory {
        private final SSLSocketFactory inner;
        private final SSLParameters parameters;

        Sockets(SSLSocketFactory inner, SSLParameters parameters) {
            this.inner = inner;
            this.parameters = parameters;
        }

        @Override
        public Socket createSocket(Socket accepted, @Nullable InputStream consumed, boolean autoClose)
                throws IOException {
            SSLSocket socket = (SSLSocket) inner.createSocket(accepted, consumed, autoClose);
            socket.setUseClientMode(false);
            socket.setSSLParameters(parameters);
            if (accepted.getSoTimeout() == 0) {
                accepted.setSoTimeout(HANDSHAKE_MILLIS_MAX);
            }
            remember(socket);
            return socket;
        }

        @Override
        public String[] getDefaultCipherSuites() {
            return CIPHER_SUITES.toArray(String[]::new);
        }

        @Override
        public String[] getSupportedCipherSuites() {
            return CIPHER_SUITES.toArray(String[]::new);
        }

        private static IOException serverOnly() {
            return new IOException("this factory is for accepted sockets");
        }

        @Override
        public Socket createSocket(Socket socket, String host, int port, boolean autoClose) throws IOException {
            throw serverOnly();
        }

        @Override
        public Socket createSocket(String host, int port) throws IOException {
            throw serverOnly();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress local, int localPort) throws IOException {
            throw serverOnly();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) throws IOException {
            throw serverOnly();
        }

        @Override
        public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort) throws IOException {
            throw serverOnly();
        }
    }

    /** The JDK's context but for its socket factory. */
    private static final class Watched extends SSLContext {
        Watched(SSLContext inner, SSLSocketFactory sockets) {
            super(new Delegate(inner, sockets), inner.getProvider(), inner.getProtocol());
        }

        private static final class Delegate extends SSLContextSpi {
            private final SSLContext inner;
            private final SSLSocketFactory sockets;

            Delegate(SSLContext inner, SSLSocketFactory sockets) {
                this.inner = inner;
                this.sockets = sockets;
            }

            @Override
            protected void engineInit(
                    KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom random)
                    throws KeyManagementException {
                throw new KeyManagementException("initialized already");
            }

            @Override
            protected SSLSocketFactory engineGetSocketFactory() {
                return sockets;
            }

            @Override
            protected SSLServerSocketFactory engineGetServerSocketFactory() {
                return inner.getServerSocketFactory();
            }

            @Override
            protected SSLEngine engineCreateSSLEngine() {
                return inner.createSSLEngine();
            }

            @Override
            protected SSLEngine engineCreateSSLEngine(String host, int port) {
                return inner.createSSLEngine(host, port);
            }

            @Override
            protected SSLSessionContext engineGetServerSessionContext() {
                return inner.getServerSessionContext();
            }

            @Override
            protected SSLSessionContext engineGetClientSessionContext() {
                return inner.getClientSessionContext();
            }

            @Override
            protected SSLParameters engineGetDefaultSSLParameters() {
                return inner.getDefaultSSLParameters();
            }

            @Override
            protected SSLParameters engineGetSupportedSSLParameters() {
                return inner.getSupportedSSLParameters();
            }
        }
    }
}
