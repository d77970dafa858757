package dev.keytrail.server;

import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/**
 * A request as it came off the wire, before anything in it is trusted.
 *
 * @param rawPath percent-encoded, as sent
 * @param rawQuery percent-encoded, without the question mark; empty when there is none
 * @param headers in order, names in lower case, values as sent
 * @param contentLength -1 when not announced
 * @param tlsVersion empty on plain HTTP
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
        Optional<String> cipherSuite) {
    public record Header(String name, String value) {}

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
