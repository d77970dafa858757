package dev.keytrail.server;

import dev.keytrail.kms.store.ClusterSettings;
import dev.keytrail.kms.store.XksSettings;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The settings of custom key stores.
 *
 * @param endpoints proxies that may be talked to, by the name that the API uses, and where they are
 * @param trust PEM file of the certificates that a proxy's may be signed by; empty for those that the JDK trusts
 * @param client what is shown to a proxy that asks for a certificate
 * @param clusters PKCS#11 tokens, by the name that the API uses
 */
record KeyStoreSettings(
        Map<String, URI> endpoints,
        Duration timeLimit,
        int callsMax,
        Optional<Path> trust,
        Optional<Client> client,
        Map<String, Place> clusters,
        Duration clusterTimeLimit,
        int clusterThreads) {
    private static final String ENDPOINTS = "xks.endpoints";
    private static final String TIME_LIMIT = "xks.timeout";
    private static final String CALLS_MAX = "xks.calls.max";
    private static final String TRUST = "xks.trust";
    private static final String CLIENT_CERTIFICATE = "xks.client.cert";
    private static final String CLIENT_KEY = "xks.client.key";

    private static final String CLUSTERS = "hsm.clusters";
    private static final String CLUSTER_TIME_LIMIT = "hsm.timeout";
    private static final String CLUSTER_THREADS = "hsm.threads";

    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

    /** The model's pattern of {@code XksProxyUriEndpoint}. */
    private static final Pattern NAME = Pattern.compile("https://[a-zA-Z0-9.-]+");

    /** The model's pattern of {@code CloudHsmClusterId}. */
    private static final Pattern CLUSTER = Pattern.compile("cluster-[2-7a-zA-Z]{11,16}");

    /** Where a token is: the PKCS#11 library, the token's label, and a PEM file with its trust anchor. */
    record Place(Path library, String label, Path trustAnchor) {
        @Override
        public String toString() {
            return library + ";" + label + ";" + trustAnchor;
        }
    }

    /**
     * The server as a client.
     *
     * @param certificate PEM file: the certificate, then those that lead to its root
     * @param key PEM file of its private key, PKCS#8, which nobody but its owner may read
     */
    record Client(Path certificate, Path key) {}

    KeyStoreSettings {
        endpoints = Map.copyOf(endpoints);
        clusters = Map.copyOf(clusters);
    }

    static void defaults(Map<String, String> all) {
        all.put(ENDPOINTS, "");
        all.put(TIME_LIMIT, XksSettings.TIME_LIMIT_DEFAULT.toMillis() + "ms");
        all.put(CALLS_MAX, Integer.toString(XksSettings.CALLS_MAX_DEFAULT));
        all.put(TRUST, "");
        all.put(CLIENT_CERTIFICATE, "");
        all.put(CLIENT_KEY, "");
        all.put(CLUSTERS, "");
        all.put(CLUSTER_TIME_LIMIT, ClusterSettings.TIME_LIMIT_DEFAULT.toSeconds() + "s");
        all.put(CLUSTER_THREADS, Integer.toString(ClusterSettings.THREADS_DEFAULT));
    }

    static KeyStoreSettings parse(Map<String, String> values) {
        return new KeyStoreSettings(
                endpoints(Settings.text(values, ENDPOINTS)),
                Settings.duration(values, TIME_LIMIT, Duration.ofMillis(10), Duration.ofSeconds(10)),
                (int) Settings.number(values, CALLS_MAX, 1, 10_000),
                Settings.path(values, TRUST),
                client(Settings.path(values, CLIENT_CERTIFICATE), Settings.path(values, CLIENT_KEY)),
                clusters(Settings.text(values, CLUSTERS)),
                Settings.duration(values, CLUSTER_TIME_LIMIT, Duration.ofMillis(100), Duration.ofMinutes(1)),
                (int) Settings.number(values, CLUSTER_THREADS, 1, 256));
    }

    private static Optional<Client> client(Optional<Path> certificate, Optional<Path> key) {
        if (certificate.isPresent() != key.isPresent()) {
            throw new IllegalArgumentException(CLIENT_CERTIFICATE + " and " + CLIENT_KEY + " go together");
        }
        return certificate.map(file -> new Client(file, key.orElseThrow()));
    }

    /** @throws IOException when certificates or their key cannot be read */
    XksSettings openProxies() throws IOException {
        Optional<TlsIdentity> identity = client.isPresent()
                ? Optional.of(
                        new TlsIdentity(client.get().certificate(), client.get().key()))
                : Optional.empty();
        return new XksSettings(
                endpoints,
                timeLimit,
                callsMax,
                trust.isPresent() || identity.isPresent()
                        ? Optional.of(TlsFiles.client(trust, identity))
                        : Optional.empty());
    }

    /** @throws IOException when a trust anchor cannot be read */
    ClusterSettings openClusters() throws IOException {
        Map<String, ClusterSettings.Cluster> opened = new TreeMap<>();
        for (Map.Entry<String, Place> cluster : clusters.entrySet()) {
            Place place = cluster.getValue();
            opened.put(
                    cluster.getKey(),
                    new ClusterSettings.Cluster(place.library(), place.label(), anchor(place.trustAnchor())));
        }
        return new ClusterSettings(opened, clusterTimeLimit, clusterThreads);
    }

    private static X509Certificate anchor(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        } catch (GeneralSecurityException e) {
            throw new IOException(CLUSTERS + ": " + file + " is no certificate: " + e.getMessage(), e);
        }
    }

    /** {@code cluster-1a23b4cdefg=/usr/lib/softhsm/libsofthsm2.so;my token;/etc/keytrail/anchor.pem}. */
    private static Map<String, Place> clusters(String text) {
        Map<String, Place> clusters = new TreeMap<>();
        Set<String> tokens = new HashSet<>();
        for (String part : text.split(",")) {
            if (part.isBlank()) {
                continue;
            }
            String[] pair = part.strip().split("=", 2);
            String[] place = pair.length == 2 ? pair[1].split(";", -1) : new String[0];
            if (place.length != 3 || !CLUSTER.matcher(pair[0].strip()).matches()) {
                throw new IllegalArgumentException(
                        CLUSTERS + ": '" + part.strip() + "' is not cluster-ID=LIBRARY;TOKEN LABEL;TRUST ANCHOR FILE");
            }
            Place at = new Place(Path.of(place[0].strip()), place[1].strip(), Path.of(place[2].strip()));
            if (!tokens.add(at.library() + ";" + at.label())) {
                throw new IllegalArgumentException(CLUSTERS + ": two clusters are the token '" + at.label() + "'");
            }
            clusters.put(pair[0].strip(), at);
        }
        return clusters;
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
}
