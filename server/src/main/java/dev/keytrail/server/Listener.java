package dev.keytrail.server;

import io.helidon.common.buffers.DataReader;
import io.helidon.common.socket.SocketOptions;
import io.helidon.common.socket.SocketWriterException;
import io.helidon.common.tls.Tls;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1Config;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The only class that knows the HTTP library (Helidon, one virtual thread a connection). Bounds what comes in, hands the
 * request to its endpoint and writes the reply. Decides nothing.
 */
final class Listener implements AutoCloseable {
    /** Request line and all headers; AWS refuses above 16 KiB, a presigned or session request needs about 6. */
    private static final int HEADERS_BYTES_MAX = 32 * 1024;

    private static final int PROLOGUE_BYTES_MAX = 16 * 1024;

    /** How long a peer may leave a request half sent, or a connection idle. */
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(2);

    private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

    private static final HeaderName REQUEST_ID = HeaderNames.create("x-amzn-RequestId");
    private static final HeaderName LOG_INDEX = HeaderNames.create(HttpReply.LOG_INDEX);

    private final WebServer server;

    private Listener(WebServer server) {
        this.server = server;
    }

    /** A listener that is being made ready; it answers nobody yet. */
    static final class Prepared {
        private final String host;
        private final int port;
        private final AtomicReference<Function<HttpRequest, HttpReply>> endpoint = new AtomicReference<>();
        private final FutureTask<WebServer> server;

        private Prepared(String host, int port, int connectionsMax, Optional<ServerTls> tls) {
            this.host = host;
            this.port = port;
            this.server = new FutureTask<>(() -> build(host, port, connectionsMax, tls, this::answer));
        }

        private HttpReply answer(HttpRequest request) {
            return endpoint.get().apply(request);
        }

        /**
         * Binds and answers. Port 0 takes a free one.
         *
         * @throws IOException when the address cannot be bound, with a text for the operator
         */
        Listener open(Function<HttpRequest, HttpReply> answers) throws IOException {
            endpoint.set(answers);
            requireFree(host, port);
            try {
                WebServer ready = server.get();
                ready.start();
                if (ready.port() <= 0) {
                    throw new IOException("cannot listen on " + host + ":" + port);
                }
                return new Listener(ready);
            } catch (RuntimeException | ExecutionException e) {
                throw new IOException("cannot listen on " + host + ":" + port + ": " + rootMessage(e), e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("stopped while starting", e);
            }
        }
    }

    /** Reading the HTTP library takes as long as opening a store, so it begins here, on a thread of its own. */
    static Prepared prepare(String host, int port, int connectionsMax, Optional<ServerTls> tls) {
        Prepared prepared = new Prepared(host, port, connectionsMax, tls);
        Thread.ofPlatform().name("listener-start").daemon(true).start(prepared.server);
        return prepared;
    }

    /** Plain HTTP. */
    static Listener open(String host, int port, int connectionsMax, Function<HttpRequest, HttpReply> endpoint)
            throws IOException {
        return prepare(host, port, connectionsMax, Optional.empty()).open(endpoint);
    }

    private static WebServer build(
            String host,
            int port,
            int connectionsMax,
            Optional<ServerTls> tls,
            Function<HttpRequest, HttpReply> endpoint) {
        var builder = WebServer.builder();
        // Not the library's engines: those look up each peer's name, and are nowhere to be asked what was agreed.
        tls.ifPresent(with -> builder.useNio(false)
                .tls(Tls.builder()
                        .sslContext(with.context())
                        .enabledProtocols(ServerTls.VERSIONS)
                        .build()));
        return builder.host(host)
                .port(port)
                .backlog(1024)
                .maxTcpConnections(connectionsMax)
                .shutdownHook(false)
                .shutdownGracePeriod(Duration.ofSeconds(2))
                .idleConnectionTimeout(IDLE_TIMEOUT)
                .connectionOptions(SocketOptions.builder()
                        .readTimeout(READ_TIMEOUT)
                        .tcpNoDelay(true)
                        .build())
                .addProtocol(Http1Config.builder()
                        .maxHeadersSize(HEADERS_BYTES_MAX)
                        .maxPrologueLength(PROLOGUE_BYTES_MAX)
                        .validatePath(false)
                        .validateRequestHeaders(false)
                        .validateResponseHeaders(false)
                        .continueImmediately(false)
                        .build())
                .directHandlers(handlers -> {
                    DirectHandler plain =
                            (request, type, status, headers, message) -> DirectHandler.TransportResponse.builder()
                                    .status(status)
                                    .headers(headers)
                                    .entity(new byte[0])
                                    .build();
                    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
                        handlers.addHandler(type, plain);
                    }
                })
                .routing(routing -> routing.any((request, response) -> serveOrClose(request, response, tls, endpoint)))
                .build();
    }

    /** A client that goes away is nothing to warn of, and there is nobody to answer: the library would do both. */
    private static void serveOrClose(
            ServerRequest request,
            ServerResponse response,
            Optional<ServerTls> tls,
            Function<HttpRequest, HttpReply> endpoint) {
        try {
            serve(request, response, tls, endpoint);
        } catch (CloseConnectionException e) {
            throw e;
        } catch (DataReader.InsufficientDataAvailableException | SocketWriterException e) {
            throw new CloseConnectionException("the client has gone", e);
        } catch (RuntimeException e) {
            if (isOfTheClient(e)) {
                throw new CloseConnectionException("the client has gone, or stalled", e);
            }
            LOG.error("a request could not be answered", e);
            throw e;
        }
    }

    /** Whether the connection ended, or was silent for too long. */
    static boolean isOfTheClient(Throwable failure) {
        for (Throwable at = failure; at != null; at = at.getCause()) {
            if (at instanceof SocketException
                    || at instanceof SocketTimeoutException
                    || at instanceof DataReader.InsufficientDataAvailableException
                    || at instanceof SocketWriterException) {
                return true;
            }
        }
        return false;
    }

    /** The library only logs a failed bind, so it is tried first, where its reason can be told. */
    private static void requireFree(String host, int port) throws IOException {
        try (ServerSocket probe = new ServerSocket()) {
            probe.setReuseAddress(true);
            probe.bind(new InetSocketAddress(host, port));
        } catch (IOException e) {
            throw new IOException("cannot listen on " + host + ":" + port + ": " + e.getMessage(), e);
        }
    }

    int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.stop();
    }

    private static void serve(
            ServerRequest request,
            ServerResponse response,
            Optional<ServerTls> tls,
            Function<HttpRequest, HttpReply> endpoint) {
        Optional<SSLSession> session =
                tls.flatMap(with -> with.session(request.remotePeer().address()));
        HttpReply reply = endpoint.apply(translate(request, new LazyBody(request), session));
        response.status(reply.status() == 200 ? Status.OK_200 : Status.create(reply.status()));
        for (HttpRequest.Header header : reply.headers()) {
            response.headers().set(HeaderValues.create(name(header.name()), header.value()));
        }
        if (request.headers().contains(HeaderNames.EXPECT)
                && request.headers().contentLength().orElse(-1) == 0) {
            // There is nothing to be asked for by 100 Continue. botocore takes the answer well, and then misreads the
            // one
            // to the next upload on the same connection, for which it waits a minute: so it gets another connection.
            response.headers().set(HeaderValues.CONNECTION_CLOSE);
        }
        switch (reply.payload()) {
            case HttpReply.Inline inline -> response.send(inline.bytes().unsafeArray());
            case HttpReply.Announced announced -> {
                response.contentLength(announced.length());
                response.send();
            }
            case HttpReply.Streamed streamed -> {
                if (streamed.length() >= 0) {
                    response.contentLength(streamed.length());
                }
                try (OutputStream out = response.outputStream()) {
                    streamed.writer().writeTo(out);
                } catch (IOException e) {
                    if (!isOfTheClient(e)) {
                        LOG.warn("an answer was cut off: {}", e.getMessage());
                    }
                    throw new CloseConnectionException("an answer was cut off", e);
                }
            }
        }
    }

    /** The names that every answer of a JSON service has are made once. */
    private static HeaderName name(String name) {
        return switch (name) {
            case "x-amzn-RequestId" -> REQUEST_ID;
            case "Content-Type" -> HeaderNames.CONTENT_TYPE;
            case "Date" -> HeaderNames.DATE;
            case HttpReply.LOG_INDEX -> LOG_INDEX;
            default -> HeaderNames.create(name);
        };
    }

    /** Opened at the first read, for that is when a client that expects it is told to continue. */
    private static final class LazyBody extends InputStream {
        private final ServerRequest request;
        private Optional<InputStream> opened = Optional.empty();

        LazyBody(ServerRequest request) {
            this.request = request;
        }

        private InputStream stream() {
            if (opened.isEmpty()) {
                opened = Optional.of(
                        request.content().hasEntity()
                                ? request.content().inputStream()
                                : InputStream.nullInputStream());
            }
            return opened.get();
        }

        @Override
        public int read() throws IOException {
            return stream().read();
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            return stream().read(target, offset, length);
        }
    }

    private static HttpRequest translate(ServerRequest request, InputStream body, Optional<SSLSession> session) {
        List<HttpRequest.Header> headers = new ArrayList<>(request.headers().size());
        for (var header : request.headers()) {
            String name = header.headerName().lowerCase();
            if (header.valueCount() == 1) {
                headers.add(new HttpRequest.Header(name, header.get()));
            } else {
                for (String value : header.allValues()) {
                    headers.add(new HttpRequest.Header(name, value));
                }
            }
        }
        return new HttpRequest(
                request.prologue().method().text(),
                request.prologue().uriPath().rawPath(),
                request.prologue().hasQuery() ? request.prologue().query().rawValue() : "",
                headers,
                body,
                request.headers().contentLength().orElse(-1),
                address(request.remotePeer().address()),
                session.map(SSLSession::getProtocol),
                session.map(SSLSession::getCipherSuite),
                Optional.empty());
    }

    private static String address(SocketAddress peer) {
        return peer instanceof InetSocketAddress inet && inet.getAddress() != null
                ? inet.getAddress().getHostAddress()
                : peer.toString();
    }

    private static String rootMessage(Throwable failure) {
        Throwable at = failure;
        while (at.getCause() != null) {
            at = at.getCause();
        }
        return at.getMessage() == null ? at.getClass().getSimpleName() : at.getMessage();
    }
}
