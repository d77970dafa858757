package dev.keytrail.kms.store;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * What the operator says of external key store proxies.
 *
 * @param endpoints the proxies that may be talked to, by the name that the API uses ({@code https://name}); the value is
 *     where that is: the same, or another port or host, or plain HTTP on loopback
 * @param timeLimit of one request, connecting included (AWS: 250 ms)
 * @param callsMax to one proxy at a time
 * @param tls whom to trust, and what to show to a proxy that asks for a certificate; empty for what the JDK trusts, and
 *     nothing to show
 */
public record XksSettings(Map<String, URI> endpoints, Duration timeLimit, int callsMax, Optional<SSLContext> tls) {
    public static final Duration TIME_LIMIT_DEFAULT = Duration.ofMillis(250);
    public static final int CALLS_MAX_DEFAULT = 64;

    /** No proxy may be talked to. */
    public static final XksSettings NONE =
            new XksSettings(Map.of(), TIME_LIMIT_DEFAULT, CALLS_MAX_DEFAULT, Optional.empty());

    public XksSettings {
        endpoints = Map.copyOf(endpoints);
    }
}
