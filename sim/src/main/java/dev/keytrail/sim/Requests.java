package dev.keytrail.sim;

import dev.keytrail.server.HttpRequest;
import dev.keytrail.server.SigningClient;
import java.net.URI;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Makes requests as they come off the wire, signed by {@link SigningClient}. */
final class Requests {
    static final String REGION = "us-east-1";

    private static final String HOST = "127.0.0.1:7480";

    private final InstantSource clock;

    Requests(InstantSource clock) {
        this.clock = clock;
    }

    /** How a request is signed. */
    enum Signature {
        GOOD,
        /** By another secret. */
        BROKEN,
        /** By a key that nobody has. */
        UNKNOWN_KEY,
        NONE
    }

    /** @param agent told by the User-Agent header, by which the record is recognised */
    HttpRequest json(Login login, String service, String target, byte[] body, Signature signature, String agent) {
        return json(login, service, REGION, target, body, signature, agent);
    }

    HttpRequest json(
            Login login, String service, String region, String target, byte[] body, Signature signature, String agent) {
        SigningClient client = client(
                signature == Signature.UNKNOWN_KEY ? "AKIAUNKNOWNUNKNOWN00" : login.accessKeyId(),
                signature == Signature.BROKEN ? login.secret() + "x" : login.secret());
        Map<String, String> signed = new LinkedHashMap<>(client.headers(service, region, target, body));
        if (signature == Signature.NONE) {
            signed.remove("Authorization");
        }
        return post(signed, body, agent);
    }

    /** A query service's call. */
    HttpRequest form(Login login, String service, Map<String, String> parameters, String agent) {
        byte[] body = SigningClient.formBody(parameters);
        return post(client(login.accessKeyId(), login.secret()).formHeaders(service, REGION, body), body, agent);
    }

    private SigningClient client(String accessKeyId, String secret) {
        return new SigningClient(URI.create("http://" + HOST), accessKeyId, secret, clock);
    }

    private static HttpRequest post(Map<String, String> signed, byte[] body, String agent) {
        return request("POST", "/", "", signed, body, agent);
    }

    /** @param query percent-encoded, its parameters sorted */
    HttpRequest s3(Login login, String method, String path, String query, byte[] body, String agent) {
        Map<String, String> signed =
                client(login.accessKeyId(), login.secret()).s3Headers(REGION, method, path, query, Map.of(), body);
        return request(method, path, query, signed, body, agent);
    }

    private static HttpRequest request(
            String method, String path, String query, Map<String, String> signed, byte[] body, String agent) {
        List<HttpRequest.Header> headers = HttpRequest.Header.all(signed).stream()
                .map(header ->
                        header.name().equals("user-agent") ? new HttpRequest.Header("user-agent", agent) : header)
                .toList();
        return HttpRequest.local(method, path, query, headers, body);
    }
}
