package dev.keytrail.server;

import dev.keytrail.audit.trail.DeliverySettings;
import dev.keytrail.kms.key.Quotas;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;

/**
 * Everything that can be set, typed, with its default. Sources, later wins: {@code keytrail.properties} in the data
 * directory, environment ({@code KEYTRAIL_TRAIL_FLUSH} for {@code trail.flush}), flags. An unknown name is an error.
 *
 * @param data the directory that holds everything; empty with {@code ephemeral}
 * @param host address to bind; plain HTTP elsewhere than on loopback needs {@code insecureHttp}
 * @param indexing false leaves event history out, to measure what it costs; never in use
 * @param flush how long a trail collects before it closes a log file (CloudTrail: about 5 minutes)
 * @param digest time from one digest of a trail to the next (CloudTrail: one hour)
 * @param s3 where trails deliver when a bucket is not an embedded one
 * @param sns where trails send notices when a topic is not an embedded one; its Region is the topic's
 * @param url where subscribers to embedded topics reach this server; its own address if it is not set
 * @param chain whether the Merkle log is kept; without it there are no receipts
 * @param encodedDenials whether denials end with a message for DecodeAuthorizationMessage
 * @param oidcFetch whether keys of OpenID Connect providers may be fetched from their URLs
 * @param kmsQuotas how many keys, aliases and grants there may be
 * @param kmsCustomIds whether a tag of CreateKey may say the new key's id, for development
 * @param extendedSelectors whether event selectors may say more than AWS's: operation, resource, principal, outcome
 * @param virtualClock for tests alone: time can be made to run ahead
 * @param kmsRequestQuotas how often KMS may be called; empty: as often as the machine can
 * @param keyStores external key store proxies that may be talked to
 * @param attestationRoot certificates that attestation documents must chain to, in PEM; none: Recipient is refused
 * @param custody where the key to the root keys may be had from
 * @param s3Timeout for one request to the S3 service outside
 * @param tls of the listener
 * @param proof who may read the log, and who witnesses it
 * @param ledger how long records are kept
 * @param vpcEndpoints listeners that count as VPC endpoints
 * @param keysPooled how many RSA key pairs of each size are made ahead
 * @param chainOrigin the log's name, taken at its first start; made up then if it is not set
 * @param admin metrics and health
 * @param jsonLog whether log entries are JSON objects
 * @param given every name with its value as it was given and where; no secret is in it
 */
public record Settings(
        Optional<Path> data,
        String host,
        int port,
        boolean insecureHttp,
        int connectionsMax,
        int callsMax,
        Duration flush,
        Duration digest,
        Duration retention,
        long objectBytesMax,
        boolean indexing,
        Optional<S3Endpoint> s3,
        Duration s3Timeout,
        Optional<S3Endpoint> sns,
        Optional<String> url,
        boolean chain,
        Optional<String> chainOrigin,
        boolean encodedDenials,
        boolean oidcFetch,
        Quotas kmsQuotas,
        boolean kmsCustomIds,
        String kmsRequestQuotas,
        KeyStoreSettings keyStores,
        Optional<Path> attestationRoot,
        CustodySettings custody,
        TlsSettings tls,
        int keysPooled,
        boolean extendedSelectors,
        boolean virtualClock,
        ProofSettings proof,
        LedgerSettings ledger,
        VpcEndpoints vpcEndpoints,
        AdminSettings admin,
        boolean jsonLog,
        Map<String, Given> given) {
    public Settings {
        given = Map.copyOf(given);
    }

    /**
     * A setting as it was given.
     *
     * @param value of a secret only whether there is one
     */
    public record Given(String value, String source) {}

    /** What a secret that is set is shown as. */
    private static final String SECRET = "(secret)";

    private static final String DEFAULT = "default";

    /** An endpoint outside. The secret is read from the file or the environment, never printed. */
    public record S3Endpoint(String url, String region, String accessKeyId, String secretAccessKey) {
        @Override
        public String toString() {
            return url + " (" + region + ", key " + accessKeyId + ")";
        }
    }

    static final int PORT_DEFAULT = 7480;

    private static final Map<String, String> DEFAULTS = defaults();

    private static Map<String, String> defaults() {
        Map<String, String> all = new LinkedHashMap<>();
        all.put("host", "127.0.0.1");
        all.put("port", Integer.toString(PORT_DEFAULT));
        all.put("insecure-http", "false");
        all.put("connections.max", "4096");
        all.put("calls.max", "2048");
        all.put("trail.flush", "60s");
        all.put("trail.digest", "1h");
        all.put("trail.selectors.extended", "false");
        all.put("history.retention", "90d");
        all.put("s3.object.max", "5368709120");
        all.put("bench.indexing", "true");
        all.put("s3.endpoint", "");
        all.put("s3.region", "us-east-1");
        all.put("s3.access-key-id", "");
        all.put("s3.secret-access-key", "");
        all.put("s3.timeout", "20s");
        all.put("sns.endpoint", "");
        all.put("sns.access-key-id", "");
        all.put("sns.secret-access-key", "");
        all.put("url", "");
        all.put("clock.virtual", "false");
        all.put("kms.custom-ids", "false");
        all.put("kms.quota.keys", Integer.toString(Quotas.DEFAULT.keys()));
        all.put("kms.quota.aliases-of-key", Integer.toString(Quotas.DEFAULT.aliasesOfKey()));
        all.put("kms.quota.grants-of-key", Integer.toString(Quotas.DEFAULT.grantsOfKey()));
        all.put("kms.request-quotas", "");
        all.put("attestation.root", "");
        all.put("keys.pool", "0");
        all.put("chain", "true");
        all.put("chain.origin", "");
        all.put("denials.encoded", "false");
        all.put("oidc.fetch", "true");
        all.put("log.format", "text");
        AdminSettings.defaults(all);
        KeyStoreSettings.defaults(all);
        CustodySettings.defaults(all);
        TlsSettings.defaults(all);
        ProofSettings.defaults(all);
        LedgerSettings.defaults(all);
        VpcEndpoints.defaults(all);
        return all;
    }

    /** Where data lives unless told otherwise: {@code ~/.keytrail}. */
    static Path dataDefault(Map<String, String> environment) {
        return Path.of(Optional.ofNullable(environment.get("HOME")).orElse("."), ".keytrail");
    }

    /** @throws IllegalArgumentException with a text for the operator */
    public static Settings load(Optional<Path> data, Map<String, String> environment, Map<String, String> flags)
            throws IOException {
        Map<String, Given> values = new TreeMap<>();
        DEFAULTS.forEach((name, value) -> values.put(name, new Given(value, DEFAULT)));
        if (data.isPresent()) {
            Path file = data.get().resolve("keytrail.properties");
            if (Files.exists(file)) {
                Properties properties = new Properties();
                try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
                    properties.load(reader);
                }
                for (String name : properties.stringPropertyNames()) {
                    set(values, name, properties.getProperty(name), "keytrail.properties");
                }
            }
        }
        for (String name : DEFAULTS.keySet()) {
            String value = environment.get(environmentName(name));
            if (value != null) {
                set(values, name, value, environmentName(name));
            }
        }
        flags.forEach((name, value) -> set(values, name, value, "command line"));
        Map<String, String> plain = new TreeMap<>();
        Map<String, Given> shown = new TreeMap<>();
        values.forEach((name, given) -> {
            plain.put(name, given.value());
            boolean hide = isSecret(name) && !given.value().isBlank();
            String value = hide ? SECRET : given.value().replaceAll("//[^/@\\s]*@", "//" + SECRET + "@");
            shown.put(name, new Given(value.strip(), given.source()));
        });
        return parse(data, plain, shown);
    }

    static String defaultOf(String name) {
        return Optional.ofNullable(DEFAULTS.get(name)).orElse("");
    }

    /** The value itself, for settings that hold one; those that name a file are none. */
    static boolean isSecret(String name) {
        return name.endsWith("secret-access-key");
    }

    /** The settings in force and where each comes from, one a line: {@code name=value}, a tab, {@code # source}. */
    String describe() {
        StringBuilder out = new StringBuilder();
        line(out, "data", new Given(data.map(Path::toString).orElse("(ephemeral)"), "command line, or default"));
        new TreeMap<>(given).forEach((name, value) -> line(out, name, value));
        return out.toString();
    }

    private static void line(StringBuilder out, String name, Given given) {
        out.append(name).append('=').append(given.value().strip().replaceAll("\\p{Cntrl}", " "));
        out.append("\t# ").append(given.source()).append('\n');
    }

    private static void set(Map<String, Given> values, String name, String value, String where) {
        if (!DEFAULTS.containsKey(name)) {
            throw new IllegalArgumentException("unknown setting '" + name + "' in " + where);
        }
        values.put(name, new Given(value, where));
    }

    static String environmentName(String setting) {
        return "KEYTRAIL_" + setting.replace('.', '_').replace('-', '_').toUpperCase(java.util.Locale.ROOT);
    }

    private static Settings parse(Optional<Path> data, Map<String, String> values, Map<String, Given> given) {
        Settings settings = new Settings(
                data,
                text(values, "host"),
                (int) number(values, "port", 0, 65535),
                flag(values, "insecure-http"),
                (int) number(values, "connections.max", 1, 1_000_000),
                (int) number(values, "calls.max", 1, 1_000_000),
                duration(values, "trail.flush", Duration.ofSeconds(1), Duration.ofHours(1)),
                wholeSeconds(
                        values,
                        "trail.digest",
                        DeliverySettings.DIGEST_INTERVAL_MIN,
                        DeliverySettings.DIGEST_INTERVAL_MAX),
                duration(values, "history.retention", Duration.ofDays(1), Duration.ofDays(36_500)),
                number(values, "s3.object.max", 1 << 20, 5L << 30),
                flag(values, "bench.indexing"),
                outside(values, "s3", text(values, "s3.region")),
                duration(values, "s3.timeout", Duration.ofSeconds(1), Duration.ofMinutes(5)),
                outside(values, "sns", "Region of the topic"),
                url(values),
                flag(values, "chain"),
                Optional.of(text(values, "chain.origin")).filter(name -> !name.isEmpty()),
                flag(values, "denials.encoded"),
                flag(values, "oidc.fetch"),
                new Quotas(
                        (int) number(values, "kms.quota.keys", 1, 10_000_000),
                        (int) number(values, "kms.quota.aliases-of-key", 1, 10_000),
                        (int) number(values, "kms.quota.grants-of-key", 1, 1_000_000)),
                flag(values, "kms.custom-ids"),
                text(values, "kms.request-quotas"),
                KeyStoreSettings.parse(values),
                path(values, "attestation.root"),
                CustodySettings.parse(values),
                TlsSettings.parse(values),
                (int) number(values, "keys.pool", 0, 1000),
                flag(values, "trail.selectors.extended"),
                flag(values, "clock.virtual"),
                ProofSettings.parse(values),
                LedgerSettings.parse(values),
                VpcEndpoints.parse(values),
                AdminSettings.parse(values),
                jsonLog(values),
                given);
        if (data.isEmpty() && settings.ledger().retention().isPresent()) {
            throw new IllegalArgumentException("ledger.retention needs a data directory: in memory nothing is dropped");
        }
        settings.requireSecure("host", settings.host());
        settings.vpcEndpoints().doors().forEach(door -> settings.requireSecure("vpc.endpoints: host", door.host()));
        return settings;
    }

    private void requireSecure(String what, String address) {
        if (!isLoopback(address) && !tls.on() && !insecureHttp) {
            throw new IllegalArgumentException(what + " " + address
                    + " is not loopback: plain HTTP would show plaintexts to the network. Say --tls-cert and --tls-key,"
                    + " put a TLS proxy in front, or say --set insecure-http=true if you mean it.");
        }
    }

    static boolean isLoopback(String host) {
        return host.equals("127.0.0.1") || host.equals("::1") || host.equals("localhost");
    }

    private static boolean jsonLog(Map<String, String> values) {
        return switch (text(values, "log.format")) {
            case "json" -> true;
            case "text" -> false;
            default -> throw new IllegalArgumentException("log.format must be text or json");
        };
    }

    static Optional<S3Endpoint> outside(Map<String, String> values, String service, String region) {
        String url = text(values, service + ".endpoint");
        if (url.isEmpty()) {
            return Optional.empty();
        }
        String id = text(values, service + ".access-key-id");
        String secret = text(values, service + ".secret-access-key");
        if (id.isEmpty() || secret.isEmpty()) {
            throw new IllegalArgumentException(service + ".endpoint needs " + service + ".access-key-id and " + service
                    + ".secret-access-key too");
        }
        return Optional.of(new S3Endpoint(url, region, id, secret));
    }

    private static Optional<String> url(Map<String, String> values) {
        String url = text(values, "url");
        if (!url.isEmpty() && !url.matches("https?://[^/?#\\s]+")) {
            throw new IllegalArgumentException("url must be http://HOST[:PORT] or https://HOST[:PORT]");
        }
        return Optional.of(url).filter(u -> !u.isEmpty());
    }

    static String text(Map<String, String> values, String name) {
        return Optional.ofNullable(values.get(name)).orElse("").strip();
    }

    /** A file or folder; empty where none is named. */
    static Optional<Path> path(Map<String, String> values, String name) {
        return Optional.of(text(values, name)).filter(text -> !text.isEmpty()).map(Path::of);
    }

    static boolean flag(Map<String, String> values, String name) {
        return switch (text(values, name)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException(name + " must be true or false");
        };
    }

    static long number(Map<String, String> values, String name, long least, long most) {
        try {
            long value = Long.parseLong(text(values, name));
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException _) {
            // Falls through to the one message for both.
        }
        throw new IllegalArgumentException(name + " must be a number from " + least + " to " + most);
    }

    private static Duration wholeSeconds(Map<String, String> values, String name, Duration least, Duration most) {
        Duration value = duration(values, name, least, most);
        if (value.getNano() != 0) {
            throw new IllegalArgumentException(name + " must be in whole seconds");
        }
        return value;
    }

    /** {@code 500ms}, {@code 60s}, {@code 5m}, {@code 12h}, {@code 90d}. */
    static Duration duration(Map<String, String> values, String name, Duration least, Duration most) {
        return duration(name, text(values, name), least, most);
    }

    /** @throws IllegalArgumentException with a text for the operator */
    static Duration duration(String name, String text, Duration least, Duration most) {
        var match = java.util.regex.Pattern.compile("(\\d{1,9})(ms|s|m|h|d)").matcher(text);
        if (match.matches()) {
            long count = Long.parseLong(match.group(1));
            Duration value = switch (match.group(2)) {
                case "ms" -> Duration.ofMillis(count);
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
            };
            if (value.compareTo(least) >= 0 && value.compareTo(most) <= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException(
                name + " must be a time such as 60s, 5m or 90d, from " + least + " to " + most);
    }
}
