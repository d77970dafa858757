package dev.keytrail.server;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keytrail.identity.federation.Distrusted;
import dev.keytrail.identity.federation.KeySource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The keys that OpenID Connect providers publish, fetched by HTTPS from {@code /.well-known/openid-configuration} and what
 * that names. Bounded in time and size; no redirects; answers are kept for a while, and an unknown key id fetches anew once
 * in a while only. Thread-safe.
 */
final class PublishedKeys implements KeySource {
    private static final Duration KEPT = Duration.ofMinutes(10);
    private static final Duration ASKED_AGAIN = Duration.ofSeconds(30);
    private static final Duration FAILURE_KEPT = Duration.ofSeconds(2);
    private static final int CONNECT_MILLIS_MAX = 2_000;
    private static final int READ_MILLIS_MAX = 3_000;
    private static final Duration BODY_TIME_MAX = Duration.ofSeconds(5);
    private static final int BYTES_MAX = 128 << 10;
    private static final int ISSUERS_MAX = 1_000;

    private static final Pattern JWKS_URI = Pattern.compile("\"jwks_uri\"\\s*:\\s*\"((?:[^\"\\\\]|\\\\/)*)\"");

    private final InstantSource clock;
    private final Cache<String, Fetched> fetched = Caffeine.newBuilder()
            .maximumSize(ISSUERS_MAX)
            .executor(Runnable::run)
            .build();

    /** Keys, or no keys when they could not be had: that is remembered too, for anybody may ask. */
    private record Fetched(Optional<String> keys, Instant at, Instant asked) {
        boolean stands(Instant now, boolean unknownKey) {
            return keys.isEmpty()
                    ? now.isBefore(asked.plus(FAILURE_KEPT))
                    : now.isBefore(at.plus(KEPT)) && !(unknownKey && now.isAfter(asked.plus(ASKED_AGAIN)));
        }

        boolean isGood(Instant now) {
            return keys.isPresent() && now.isBefore(at.plus(KEPT));
        }
    }

    PublishedKeys(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public String keys(String issuer, boolean unknownKey) throws Distrusted {
        Instant now = clock.instant();
        Fetched known = fetched.getIfPresent(issuer);
        if (known != null && known.stands(now, unknownKey)) {
            return known.keys().orElseThrow(PublishedKeys::unreachable);
        }
        try {
            String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
            Matcher uri = JWKS_URI.matcher(get(base + "/.well-known/openid-configuration"));
            if (!uri.find()) {
                throw new IOException("no jwks_uri: " + issuer);
            }
            String keys = get(uri.group(1).replace("\\/", "/"));
            fetched.put(issuer, new Fetched(Optional.of(keys), now, now));
            return keys;
        } catch (IOException | IllegalArgumentException e) {
            fetched.put(
                    issuer,
                    known != null && known.isGood(now)
                            ? new Fetched(known.keys(), known.at(), now)
                            : new Fetched(Optional.empty(), now, now));
            throw unreachable();
        }
    }

    private static Distrusted unreachable() {
        return Distrusted.unreachable("Couldn't retrieve verification key from your identity provider, please reference"
                + " AssumeRoleWithWebIdentity documentation for requirements");
    }

    /** A body that comes drop by drop is not waited for. */
    private static byte[] read(InputStream in, String url) throws IOException {
        long end = System.nanoTime() + BODY_TIME_MAX.toNanos();
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        byte[] block = new byte[8192];
        for (int count = in.read(block); count >= 0; count = in.read(block)) {
            body.write(block, 0, count);
            if (body.size() > BYTES_MAX || System.nanoTime() > end) {
                throw new IOException("too large or too slow: " + url);
            }
        }
        return body.toByteArray();
    }

    private static String get(String url) throws IOException {
        URI uri = URI.create(url);
        if (!"https".equals(uri.getScheme())) {
            throw new IOException("not https: " + url);
        }
        HttpURLConnection connection = (HttpURLConnection) uri.toURL().openConnection();
        try {
            connection.setInstanceFollowRedirects(false);
            connection.setConnectTimeout(CONNECT_MILLIS_MAX);
            connection.setReadTimeout(READ_MILLIS_MAX);
            connection.setUseCaches(false);
            if (connection.getResponseCode() != HttpURLConnection.HTTP_OK) {
                throw new IOException("HTTP " + connection.getResponseCode() + " from " + url);
            }
            try (InputStream in = connection.getInputStream()) {
                return new String(read(in, url), StandardCharsets.UTF_8);
            }
        } finally {
            connection.disconnect();
        }
    }
}
