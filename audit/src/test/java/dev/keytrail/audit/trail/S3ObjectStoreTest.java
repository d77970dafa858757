package dev.keytrail.audit.trail;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.keytrail.audit.trail.ObjectStore.Check;
import dev.keytrail.audit.trail.ObjectStore.Destination;
import dev.keytrail.audit.trail.ObjectStore.Failure;
import dev.keytrail.audit.trail.ObjectStore.NewObject;
import dev.keytrail.audit.trail.ObjectStore.Put;
import dev.keytrail.audit.trail.ObjectStore.Writer;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The client against a plain HTTP server that behaves, or misbehaves, as S3 services do. */
class S3ObjectStoreTest {
    private static final Writer WRITER =
            new Writer("arn:aws:cloudtrail:eu-west-1:111122223333:trail/t", "111122223333", "eu-west-1");

    private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private S3ObjectStore store;
    private volatile int failWith;

    S3ObjectStoreTest() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        store = new S3ObjectStore(new S3Settings(
                Optional.of(URI.create("http://127.0.0.1:" + server.getAddress().getPort())),
                "eu-west-1",
                "AKIAEXAMPLE",
                Secret.copyOf("secret".getBytes(StandardCharsets.UTF_8)),
                Duration.ofSeconds(5),
                Duration.ofSeconds(10)));
    }

    @BeforeEach
    void start() {
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        store.close();
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String path = exchange.getRequestURI().getPath();
            seen.add(exchange.getRequestMethod() + " " + path + " none-match="
                    + exchange.getRequestHeaders().getFirst("If-None-Match") + " encoding="
                    + exchange.getRequestHeaders().getFirst("Content-Encoding") + " sha="
                    + exchange.getRequestHeaders().getFirst("X-amz-content-sha256"));
            if (failWith != 0) {
                error(exchange, failWith, failWith == 403 ? "AccessDenied" : "SlowDown");
            } else if (path.startsWith("/missing")) {
                error(exchange, 404, "NoSuchBucket");
            } else if (exchange.getRequestMethod().equals("PUT")) {
                if (objects.putIfAbsent(path, body) == null) {
                    if (!path.startsWith("/cut")) {
                        exchange.getResponseHeaders().set("ETag", "\"1\"");
                    }
                    exchange.sendResponseHeaders(200, -1);
                } else {
                    error(exchange, 412, "PreconditionFailed");
                }
            } else if (exchange.getRequestMethod().equals("HEAD")) {
                exchange.sendResponseHeaders(200, -1);
            } else if (objects.get(path) instanceof byte[] there) {
                exchange.sendResponseHeaders(200, there.length);
                exchange.getResponseBody().write(there);
            } else {
                error(exchange, 404, "NoSuchKey");
            }
        }
    }

    private static void error(HttpExchange exchange, int status, String code) throws IOException {
        boolean head = exchange.getRequestMethod().equals("HEAD");
        byte[] xml = ("<Error><Code>" + code + "</Code><Message>m</Message></Error>").getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/xml");
        exchange.sendResponseHeaders(status, head ? -1 : xml.length);
        if (!head) {
            exchange.getResponseBody().write(xml);
        }
    }

    private static NewObject object(String bucket, String content) {
        return new NewObject(
                bucket, "a/b.json.gz", Bytes.utf8(content), "application/json", Optional.of("gzip"), Map.of(), WRITER);
    }

    private static Destination destination(String bucket) {
        return new Destination(bucket, Optional.empty(), WRITER);
    }

    @Test
    void putNew_freeKey_storesThePlainBytesUnderCondition() {
        assertThat(store.putNew(object("bucket", "one"))).isEqualTo(Put.STORED);
        assertThat(objects.get("/bucket/a/b.json.gz")).isEqualTo("one".getBytes(StandardCharsets.UTF_8));
        assertThat(seen.getLast()).startsWith("PUT /bucket/a/b.json.gz none-match=* encoding=gzip");
        assertThat(seen.getLast()).doesNotContain("STREAMING");
    }

    @Test
    void putNew_takenKey_changesNothing() {
        store.putNew(object("bucket", "one"));
        assertThat(store.putNew(object("bucket", "two"))).isEqualTo(Put.TAKEN);
        assertThat(store.read("bucket", "a/b.json.gz", 100)).contains(Bytes.utf8("one"));
    }

    @Test
    void read_absentOrTooLarge_isEmptyOrAFailure() {
        assertThat(store.read("bucket", "nothing", 100)).isEmpty();
        store.putNew(object("bucket", "12345"));
        assertThat(store.read("bucket", "a/b.json.gz", 5)).isPresent();
        assertThatThrownBy(() -> store.read("bucket", "a/b.json.gz", 4)).isInstanceOf(Failure.class);
    }

    @Test
    void putNew_refusals_carryTheServicesCode() {
        assertThatThrownBy(() -> store.putNew(object("missing", "x")))
                .isInstanceOfSatisfying(Failure.class, f -> assertThat(f.code()).isEqualTo("NoSuchBucket"));
        failWith = 403;
        assertThatThrownBy(() -> store.putNew(object("bucket", "x")))
                .isInstanceOfSatisfying(Failure.class, f -> assertThat(f.code()).isEqualTo("AccessDenied"));
    }

    /** The HTTP client takes such an answer for a whole one. */
    @Test
    void putNew_answerBrokenOffAfterItsFirstLine_isAFailure() {
        assertThatThrownBy(() -> store.putNew(object("cut", "x"))).isInstanceOf(Failure.class);
        assertThat(store.putNew(object("cut", "x"))).isEqualTo(Put.TAKEN);
    }

    @Test
    void putNew_nobodyThere_isAFailureWithoutSecrets() {
        server.stop(0);
        assertThatThrownBy(() -> store.putNew(object("bucket", "x")))
                .isInstanceOfSatisfying(Failure.class, f -> assertThat(f.code()).isEqualTo("ServiceUnavailable"))
                .hasMessageNotContaining("AKIAEXAMPLE");
    }

    @Test
    void check_tellsExistenceAndAccess() {
        assertThat(store.check(destination("bucket"))).isEqualTo(Check.READY);
        assertThat(store.check(destination("missing"))).isEqualTo(Check.NO_SUCH_BUCKET);
        failWith = 403;
        assertThat(store.check(destination("bucket"))).isEqualTo(Check.NOT_PERMITTED);
    }
}
