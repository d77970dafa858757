package dev.keytrail.call;

import java.util.Optional;

/**
 * Where a request came from, as the event will tell it.
 *
 * @param host the Host header (or HTTP/2 authority) as the client sent it
 */
public record Origin(String sourceIp, Optional<String> userAgent, String host, Optional<Tls> tls) {
    /** The negotiated TLS parameters, e.g. {@code TLSv1.3}, {@code TLS_AES_256_GCM_SHA384}. */
    public record Tls(String version, String cipherSuite) {}

    /** Calls that a service makes: CloudTrail prints the service's name as address and agent. */
    public static Origin service(String name) {
        return new Origin(name, Optional.of(name), name, Optional.empty());
    }
}
