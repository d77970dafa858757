package dev.keytrail.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
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
import org.jspecify.annotations.Nullable;

/**
 * TLS by the JDK: versions 1.3 and 1.2, cipher suites with forward secrecy and authenticated encryption alone, the JDK's own
 * order of key exchanges (with X25519MLKEM768 first where a JDK has it; 25 has not).
 *
 * <p>The HTTP library tells of a connection only that it is secure, so sockets are remembered here by their peers' addresses
 * for as long as they are open: the record wants version and cipher suite.
 */
final class ServerTls {
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

    /** Closed sockets are swept out whenever this many more have come. */
    private static final int SWEEP_EVERY = 1024;

    /** Handshakes that stall hold a connection no longer than this. */
    private static final int HANDSHAKE_MILLIS_MAX = 10_000;

    private final Map<SocketAddress, SSLSocket> sockets = new ConcurrentHashMap<>();
    private final AtomicLong opened = new AtomicLong();
    private final SSLContext context;

    private ServerTls(TlsSettings settings) throws IOException {
        try {
            SSLContext inner = SSLContext.getInstance("TLS");
            TlsIdentity keys = new TlsIdentity(
                    settings.certificate().orElseThrow(), settings.key().orElseThrow());
            Optional<Path> clients = settings.clients();
            TrustManager[] trust = clients.isPresent() ? TlsFiles.trust(clients.get()) : new TrustManager[0];
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
