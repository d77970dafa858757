package dev.keytrail.sim;

import dev.keytrail.server.HttpRequest;
import dev.keytrail.server.SigningClient;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes requests as they come off the wire: JSON ones signed by {@link SigningClient}, S3 ones here. */
final class Requests {
    static final String REGION = "us-east-1";

    private static final String HOST = "127.0.0.1:7480";
    private static final DateTimeFormatter AMZ_DATE =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

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
        List<HttpRequest.Header> headers = new ArrayList<>();
        signed.forEach((name, value) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            headers.add(new HttpRequest.Header(lower, lower.equals("user-agent") ? agent : value));
        });
        return request("POST", "/", "", headers, body);
    }

    /** @param query percent-encoded, its parameters sorted */
    HttpRequest s3(Login login, String method, String path, String query, byte[] body, String agent) {
        String date = AMZ_DATE.format(clock.instant());
        String scope = date.substring(0, 8) + "/" + REGION + "/s3/aws4_request";
        String hash = sha256(body);
        String canonical = method + "\n" + path + "\n" + query + "\nhost:" + HOST + "\nx-amz-content-sha256:" + hash
                + "\nx-amz-date:" + date + "\n\nhost;x-amz-content-sha256;x-amz-date\n" + hash;
        String toSign =
                "AWS4-HMAC-SHA256\n" + date + "\n" + scope + "\n" + sha256(canonical.getBytes(StandardCharsets.UTF_8));
        byte[] key = ("AWS4" + login.secret()).getBytes(StandardCharsets.UTF_8);
        for (String part : List.of(date.substring(0, 8), REGION, "s3", "aws4_request", toSign)) {
            key = hmac(key, part);
        }
        return request(
                method,
                path,
                query,
                List.of(
                        new HttpRequest.Header("host", HOST),
                        new HttpRequest.Header("user-agent", agent),
                        new HttpRequest.Header("x-amz-content-sha256", hash),
                        new HttpRequest.Header("x-amz-date", date),
                        new HttpRequest.Header("content-length", Integer.toString(body.length)),
                        new HttpRequest.Header(
                                "authorization",
                                "AWS4-HMAC-SHA256 Credential=" + login.accessKeyId() + "/" + scope
                                        + ", SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature="
                                        + HexFormat.of().formatHex(key))),
                body);
    }

    private static HttpRequest request(
            String method, String path, String query, List<HttpRequest.Header> headers, byte[] body) {
        return new HttpRequest(
                method,
                path,
                query,
                headers,
                new ByteArrayInputStream(body),
                body.length,
                "127.0.0.1",
                Optional.empty(),
                Optional.empty());
    }

    private static String sha256(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private static byte[] hmac(byte[] key, String text) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(key, "HmacSHA256"));
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
