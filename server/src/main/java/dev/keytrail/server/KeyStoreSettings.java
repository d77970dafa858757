package dev.keytrail.server;

import dev.keytrail.kms.store.XksSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * The settings of custom key stores.
 *
 * @param endpoints proxies that may be talked to, by the name that the API uses, and where they are
 * @param trust PEM file of the certificates that a proxy's may be signed by; empty for those that the JDK trusts
 */
record KeyStoreSettings(Map<String, URI> endpoints, Duration timeLimit, int callsMax, Optional<Path> trust) {
    private static final String ENDPOINTS = "xks.endpoints";
    private static final String TIME_LIMIT = "xks.timeout";
    private static final String CALLS_MAX = "xks.calls.max";
    private static final String TRUST = "xks.trust";

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

    /** The model's pattern of {@code XksProxyUriEndpoint}. */
    private static final Pattern NAME = Pattern.compile("https://[a-zA-Z0-9.-]+");

    KeyStoreSettings {
        endpoints = Map.copyOf(endpoints);
    }

    static void defaults(Map<String, String> all) {
        all.put(ENDPOINTS, "");
        all.put(TIME_LIMIT, XksSettings.TIME_LIMIT_DEFAULT.toMillis() + "ms");
        all.put(CALLS_MAX, Integer.toString(XksSettings.CALLS_MAX_DEFAULT));
        all.put(TRUST, "");
    }

    static KeyStoreSettings parse(Map<String, String> values) {
        return new KeyStoreSettings(
                endpoints(Settings.text(values, ENDPOINTS)),
                Settings.duration(values, TIME_LIMIT, Duration.ofMillis(10), Duration.ofSeconds(10)),
                (int) Settings.number(values, CALLS_MAX, 1, 10_000),
                Optional.of(Settings.text(values, TRUST))
                        .filter(text -> !text.isEmpty())
                        .map(Path::of));
    }

    void describe(StringBuilder out) {
        Settings.line(
                out,
                ENDPOINTS,
                String.join(
                        ",",
                        new TreeMap<>(endpoints)
                                .entrySet().stream()
                                        .map(endpoint -> endpoint.getKey()
                                                        .equals(endpoint.getValue()
                                                                .toString())
                                                ? endpoint.getKey()
                                                : endpoint.getKey() + "=" + endpoint.getValue())
                                        .toList()));
        Settings.line(out, TIME_LIMIT, timeLimit.toMillis() + "ms");
        Settings.line(out, CALLS_MAX, Integer.toString(callsMax));
        Settings.line(out, TRUST, trust.map(Path::toString).orElse(""));
    }

    /** @throws IOException when the certificates cannot be read */
    XksSettings open() throws IOException {
        return new XksSettings(
                endpoints,
                timeLimit,
                callsMax,
                trust.isPresent() ? Optional.of(trusting(trust.get())) : Optional.empty());
    }

    /** {@code https://a.example,https://b.example=https://10.0.0.7:8443,https://dev=http://127.0.0.1:9000}. */
    private static Map<String, URI> endpoints(String text) {
        Map<String, URI> endpoints = new TreeMap<>();
        for (String part : text.split(",")) {
            if (part.isBlank()) {
                continue;
            }
            String[] pair = part.strip().split("=", 2);
            String name = pair[0].strip();
            if (!NAME.matcher(name).matches()) {
                throw new IllegalArgumentException(ENDPOINTS + ": '" + name + "' is not https:// and a host name");
            }
            endpoints.put(name, place(pair.length == 2 ? pair[1].strip() : name));
        }
        return endpoints;
    }

    private static URI place(String text) {
        URI place;
        try {
            place = URI.create(text);
        } catch (IllegalArgumentException _) {
            throw new IllegalArgumentException(ENDPOINTS + ": '" + text + "' is not a URL");
        }
        boolean origin = place.getHost() != null
                && place.getRawPath().isEmpty()
                && place.getRawQuery() == null
                && place.getRawUserInfo() == null;
        boolean plain = "http".equals(place.getScheme());
        if (!origin || (!plain && !"https".equals(place.getScheme()))) {
            throw new IllegalArgumentException(ENDPOINTS + ": '" + text + "' is not https://HOST or https://HOST:PORT");
        }
        if (plain && !LOOPBACK.contains(place.getHost())) {
            throw new IllegalArgumentException(
                    ENDPOINTS + ": plain HTTP is for a proxy on loopback alone, and '" + text + "' is not");
        }
        return place;
    }

    private static SSLContext trusting(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            int count = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("trusted-" + count++, certificate);
            }
            if (count == 0) {
                throw new IOException(TRUST + ": there is no certificate in " + file);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(TRUST + ": " + file + " cannot be read: " + e.getMessage(), e);
        }
    }
}
