package dev.keytrail.audit.bucket;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keytrail.audit.bucket.BucketWorld.Answer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A {@link BucketWorld} behind the JDK's HTTP server, so that stock clients can be let loose on it. It believes whatever
 * signs: that is identity's trade, and tested there.
 */
final class HttpWorld implements AutoCloseable {
    private static final ChunkVerifier BELIEVER = new ChunkVerifier() {
        @Override
        public boolean acceptsChunk(String signature, byte[] sha256) {
            return signature.length() == 64;
        }

        @Override
        public boolean acceptsTrailer(String signature, byte[] sha256) {
            return signature.length() == 64;
        }
    };

    private final BucketWorld world;
    private final HttpServer server;

    HttpWorld(BucketWorld world, int port) throws IOException {
        this.world = world;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", this::handle);
        server.start();
    }

    URI endpoint() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private synchronized void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Map<String, String> headers = new LinkedHashMap<>();
            for (Map.Entry<String, List<String>> header :
                    exchange.getRequestHeaders().entrySet()) {
                headers.put(header.getKey().toLowerCase(Locale.ROOT), String.join(",", header.getValue()));
            }
            String length = Optional.ofNullable(headers.get("content-length")).orElse("0");
            URI uri = exchange.getRequestURI();
            Answer answer = world.send(
                    BucketWorld.ADMIN,
                    exchange.getRequestMethod(),
                    uri.getRawPath() + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()),
                    headers,
                    exchange.getRequestBody(),
                    Long.parseLong(length),
                    Optional.of(BELIEVER));
            exchange.getRequestBody().readAllBytes();
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            boolean head = exchange.getRequestMethod().equals("HEAD");
            if (head) {
                exchange.getResponseHeaders().set("Content-Length", Long.toString(answer.announced()));
            }
            int size = answer.body().size();
            exchange.sendResponseHeaders(answer.status(), head || size == 0 ? -1 : size);
            if (!head && size > 0) {
                exchange.getResponseBody().write(answer.body().toArray());
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
