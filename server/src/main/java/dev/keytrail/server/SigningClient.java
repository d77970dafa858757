package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Sha256;
import dev.keytrail.crypto.RequestSigner;
import dev.keytrail.wire.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.HttpsURLConnection;

/**
 * A small SigV4 client for Keytrail's own commands, bench and simulation: JSON calls to one endpoint, each signed in the
 * header form. Thread-safe.
 */
public final class SigningClient {
    private static final int REPLY_BYTES_MAX = 1 << 20;

    /** A bundle of 256 events of the largest kind. */
    private static final int GOT_BYTES_MAX = 80 << 20;

    private final URI endpoint;
    private final Secret accessKeyId;
    private final Secret secretAccessKey;
    private final InstantSource clock;

    public SigningClient(URI endpoint, String accessKeyId, String secretAccessKey, InstantSource clock) {
        this.endpoint = endpoint;
        this.accessKeyId = Secret.adopt(accessKeyId.getBytes(StandardCharsets.UTF_8));
        this.secretAccessKey = Secret.adopt(secretAccessKey.getBytes(StandardCharsets.UTF_8));
        this.clock = clock;
    }

    public record Reply(int status, String body) {
        /** The body of an answer. @throws OperatorError when it is a refusal */
        String answer() {
            return answer("the server refused");
        }

        /** @param what begins the message of a refusal */
        String answer(String what) {
            if (status != 200) {
                throw new OperatorError(what + " (HTTP " + status + "): " + body);
            }
            return body;
        }
    }

    /** @param target the whole X-Amz-Target, e.g. {@code TrentService.Encrypt} */
    public Reply call(String service, String region, String target, String json) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        return send(endpoint, headers(service, region, target, body), body);
    }

    /**
     * A call of Keytrail's own API.
     *
     * @param input as {@link JsonObject} takes it
     */
    Reply keytrail(String region, String operation, Map<String, ?> input) throws IOException {
        return call(
                "keytrail",
                region,
                "Keytrail." + operation,
                JsonObject.of(input).utf8());
    }

    /**
     * A JSON call whose answer is too long to hold.
     *
     * @return how many bytes were written to {@code out}
     * @throws OperatorError when it is refused
     */
    long download(String service, String region, String target, String json, OutputStream out) throws IOException {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        HttpURLConnection connection = connect(endpoint, headers(service, region, target, body), body);
        if (connection.getResponseCode() != 200) {
            reply(connection).answer();
        }
        try (InputStream in = connection.getInputStream()) {
            return in.transferTo(out);
        } catch (IOException e) {
            throw new IOException("the answer was cut off (" + e.getMessage() + "); the server's log says why", e);
        }
    }

    /** A JSON call that nobody signs: to a sealed server, which could not check a signature. */
    static Reply unsigned(URI endpoint, String target, String json) throws IOException {
        Map<String, String> headers = Map.of(
                "Content-Type", "application/x-amz-json-1.1", "X-Amz-Target", target, "User-Agent", "keytrail-cli");
        return send(endpoint, headers, json.getBytes(StandardCharsets.UTF_8));
    }

    /** An answer of bytes. */
    public record Got(int status, Bytes body) {}

    /** A GET of one path without a query. */
    public Got get(String service, String region, String path) throws IOException {
        HttpURLConnection connection = open(endpoint.resolve(path));
        headersOfGet(service, region, path).forEach(connection::setRequestProperty);
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new Got(status, in == null ? Bytes.EMPTY : Bytes.adopt(in.readNBytes(GOT_BYTES_MAX)));
        }
    }

    private Map<String, String> headersOfGet(String service, String region, String path) {
        SortedMap<String, String> signed = signed();
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("X-Amz-Date", signed.get("x-amz-date"));
        headers.put("User-Agent", "keytrail-cli");
        headers.put(
                "Authorization",
                signer(region, service).authorization("GET", path, "", signed, Sha256.hex(Bytes.EMPTY)));
        return headers;
    }

    /** A call of a query service; the answer is XML. */
    public Reply form(String service, String region, Map<String, String> parameters) throws IOException {
        byte[] body = formBody(parameters);
        return send(endpoint, formHeaders(service, region, body), body);
    }

    /** The same, given up when the answer is not there whole in that time, however it trickles. */
    Reply form(String service, String region, Map<String, String> parameters, Duration limit) throws IOException {
        byte[] body = formBody(parameters);
        java.net.http.HttpRequest.Builder request = java.net.http.HttpRequest.newBuilder(
                        endpoint.resolve(endpoint.getPath().isEmpty() ? "/" : endpoint.getPath()))
                .timeout(limit)
                .POST(BodyPublishers.ofByteArray(body));
        formHeaders(service, region, body).forEach((name, value) -> {
            if (!name.equals("Host")) {
                request.header(name, value);
            }
        });
        Future<HttpResponse<byte[]>> asked = Bounded.HTTP.sendAsync(
                request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), REPLY_BYTES_MAX));
        try {
            HttpResponse<byte[]> answer = asked.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return new Reply(answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8));
        } catch (ExecutionException e) {
            throw new IOException(String.valueOf(e.getCause()), e);
        } catch (TimeoutException e) {
            throw new IOException("no answer within " + limit, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            asked.cancel(true); // ends the exchange, if it goes on
        }
    }

    /** Made when it is first needed; trusts whom the JDK trusts. */
    private static final class Bounded {
        static final HttpClient HTTP = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(Duration.ofSeconds(5))
                .followRedirects(HttpClient.Redirect.NEVER)
                .build();
    }

    /** The body of a query service's call. */
    public static byte[] formBody(Map<String, String> parameters) {
        StringBuilder form = new StringBuilder();
        parameters.forEach((name, value) -> form.append(form.isEmpty() ? "" : "&")
                .append(URLEncoder.encode(name, StandardCharsets.UTF_8))
                .append('=')
                .append(URLEncoder.encode(value, StandardCharsets.UTF_8)));
        return form.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static Reply send(URI endpoint, Map<String, String> headers, byte[] body) throws IOException {
        return reply(connect(endpoint, headers, body));
    }

    private static HttpURLConnection connect(URI endpoint, Map<String, String> headers, byte[] body)
            throws IOException {
        HttpURLConnection connection = open(endpoint.resolve(endpoint.getPath().isEmpty() ? "/" : endpoint.getPath()));
        connection.setRequestMethod("POST");
        connection.setDoOutput(true);
        headers.forEach((name, value) -> {
            if (!name.equals("Host")) {
                connection.setRequestProperty(name, value);
            }
        });
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        }
        return connection;
    }

    private static HttpURLConnection open(URI at) throws IOException {
        HttpURLConnection connection = (HttpURLConnection) at.toURL().openConnection();
        if (connection instanceof HttpsURLConnection https) {
            ClientTls.factory().ifPresent(https::setSSLSocketFactory);
        }
        connection.setConnectTimeout(5_000);
        connection.setReadTimeout(30_000);
        return connection;
    }

    private static Reply reply(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        try (InputStream in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            String reply = in == null ? "" : new String(in.readNBytes(REPLY_BYTES_MAX), StandardCharsets.UTF_8);
            return new Reply(status, reply);
        }
    }

    /** All headers of a signed JSON request, Host included, in order. Valid for five minutes from now. */
    public Map<String, String> headers(String service, String region, String target, byte[] body) {
        return headers(service, region, "application/x-amz-json-1.1", Optional.of(target), body);
    }

    /** The same for a query service's call with a {@link #formBody form} as body. */
    public Map<String, String> formHeaders(String service, String region, byte[] body) {
        return headers(service, region, "application/x-www-form-urlencoded; charset=utf-8", Optional.empty(), body);
    }

    /**
     * The same for a request to S3.
     *
     * @param query percent-encoded, its parameters sorted
     * @param more headers, by their names in lower case
     */
    public Map<String, String> s3Headers(
            String region, String method, String path, String query, Map<String, String> more, byte[] body) {
        String hash = Sha256.hex(Bytes.adopt(body));
        SortedMap<String, String> headers = new TreeMap<>(more);
        headers.putAll(signed());
        headers.put("x-amz-content-sha256", hash);
        String authorization = signer(region, "s3").authorization(method, path, query, headers, hash);
        headers.put("user-agent", "keytrail-cli");
        headers.put("content-length", Integer.toString(body.length));
        headers.put("authorization", authorization);
        return headers;
    }

    /** The headers that are always signed. */
    private SortedMap<String, String> signed() {
        return new TreeMap<>(Map.of("host", host(), "x-amz-date", RequestSigner.date(clock.instant())));
    }

    private RequestSigner signer(String region, String service) {
        return new RequestSigner(accessKeyId, secretAccessKey, region, service);
    }

    private String host() {
        return endpoint.getPort() < 0 ? endpoint.getHost() : endpoint.getHost() + ":" + endpoint.getPort();
    }

    private Map<String, String> headers(
            String service, String region, String contentType, Optional<String> target, byte[] body) {
        SortedMap<String, String> signed = signed();
        signed.put("content-type", contentType);
        target.ifPresent(t -> signed.put("x-amz-target", t));
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Host", signed.get("host"));
        headers.put("Content-Type", contentType);
        headers.put("X-Amz-Date", signed.get("x-amz-date"));
        target.ifPresent(t -> headers.put("X-Amz-Target", t));
        headers.put("User-Agent", "keytrail-cli");
        String hash = Sha256.hex(Bytes.adopt(body));
        headers.put("Authorization", signer(region, service).authorization("POST", "/", "", signed, hash));
        return headers;
    }
}
