package dev.keytrail.server;

import dev.keytrail.call.Origin;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * A request as it came off the wire, before anything in it is trusted.
 *
 * @param rawPath percent-encoded, as sent
 * @param rawQuery percent-encoded, without the question mark; empty when there is none
 * @param headers in order, names in lower case, values as sent
 * @param contentLength -1 when not announced
 * @param tlsVersion empty on plain HTTP
 * @param endpoint the VPC endpoint whose listener took it
 */
public record HttpRequest(
        String method,
        String rawPath,
        String rawQuery,
        List<Header> headers,
        InputStream body,
        long contentLength,
        String remoteAddress,
        Optional<String> tlsVersion,
        Optional<String> cipherSuite,
        Optional<Origin.Endpoint> endpoint) {
    public record Header(String name, String value) {
        /** @param headers by their names in any case */
        public static List<Header> all(Map<String, String> headers) {
            return headers.entrySet().stream()
                    .map(header -> new Header(header.getKey().toLowerCase(Locale.ROOT), header.getValue()))
                    .toList();
        }
    }

    /** One that this process makes for itself: as if it came over plain HTTP from this machine. */
    public static HttpRequest local(String method, String rawPath, String rawQuery, List<Header> headers, byte[] body) {
        return new HttpRequest(
                method,
                rawPath,
                rawQuery,
                headers,
                new ByteArrayInputStream(body),
                body.length,
                "127.0.0.1",
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    HttpRequest through(Origin.Endpoint at) {
        return new HttpRequest(
                method,
                rawPath,
                rawQuery,
                headers,
                body,
                contentLength,
                remoteAddress,
                tlsVersion,
                cipherSuite,
                Optional.of(at));
    }

    /** The first value of a header, by its lower-case name. */
    public Optional<String> header(String name) {
        for (Header header : headers) {
            if (header.name().equals(name)) {
                return Optional.of(header.value());
            }
        }
        return Optional.empty();
    }
}
