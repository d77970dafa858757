package dev.keytrail.kms.store;

import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;

/**
 * What the operator says of the PKCS#11 tokens behind key stores of type AWS_CLOUDHSM.
 *
 * @param clusters by the name that the API uses, {@code cluster-...}
 * @param timeLimit of one call
 * @param threads how many native calls may run at once in one token
 */
public record ClusterSettings(Map<String, Cluster> clusters, Duration timeLimit, int threads) {
    public static final Duration TIME_LIMIT_DEFAULT = Duration.ofSeconds(5);
    public static final int THREADS_DEFAULT = 8;

    /** There are no tokens. */
    public static final ClusterSettings NONE = new ClusterSettings(Map.of(), TIME_LIMIT_DEFAULT, THREADS_DEFAULT);

    public ClusterSettings {
        clusters = Map.copyOf(clusters);
    }

    /**
     * One token.
     *
     * @param library the PKCS#11 library's file
     * @param trustAnchor what whoever makes a key store over it must show
     */
    public record Cluster(Path library, String tokenLabel, X509Certificate trustAnchor) {}
}
