package dev.keytrail.call;

import java.util.Optional;

/**
 * Where a request came from, as the event will tell it.
 *
 * @param host the Host header (or HTTP/2 authority) as the client sent it
 * @param endpoint the VPC endpoint that it came through
 */
public record Origin(
        String sourceIp, Optional<String> userAgent, String host, Optional<Tls> tls, Optional<Endpoint> endpoint) {
    /** The negotiated TLS parameters, e.g. {@code TLSv1.3}, {@code TLS_AES_256_GCM_SHA384}. */
    public record Tls(String version, String cipherSuite) {}

    /**
     * A VPC endpoint: a listener of its own that the operator has declared to be one.
     *
     * @param id {@code vpce-...}
     * @param account its owner's
     * @param vpc {@code vpc-...}
     */
    public record Endpoint(String id, String account, String vpc) {}

    /** One that did not come through a VPC endpoint. */
    public Origin(String sourceIp, Optional<String> userAgent, String host, Optional<Tls> tls) {
        this(sourceIp, userAgent, host, tls, Optional.empty());
    }

    /** Calls that a service makes: CloudTrail prints the service's name as address and agent. */
    public static Origin service(String name) {
        return new Origin(name, Optional.of(name), name, Optional.empty());
    }

    /** Of what the service does of its own accord to finish the call: no endpoint has seen that. */
    Origin withoutEndpoint() {
        return endpoint.isEmpty() ? this : new Origin(sourceIp, userAgent, host, tls);
    }
}
