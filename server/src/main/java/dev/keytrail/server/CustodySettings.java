package dev.keytrail.server;

import dev.keytrail.crypto.token.Token;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the key to the root keys may be had from: the operator says it here and nowhere else, so that no call of the API can
 * load a library or send a key to another place.
 *
 * @param secretFile holds the passphrase, or the token's PIN, for a start without people; {@code /dev/fd/3} is one too
 * @param token PKCS#11 library and the token's label
 * @param kms another KMS, and the credentials for it
 */
record CustodySettings(Optional<Path> secretFile, Optional<Place> token, Optional<Settings.S3Endpoint> kms) {
    private static final String SECRET_FILE = "custody.secret-file";
    private static final String TOKEN = "custody.token";
    private static final String KMS = "custody.kms";

    private static final Duration TOKEN_TIME_LIMIT = Duration.ofSeconds(20);
    private static final Set<String> LOOPBACK = Set.of("127.0.0.1", "localhost", "[::1]");

    /** A token. */
    record Place(Path library, String label) {
        @Override
        public String toString() {
            return library + ";" + label;
        }

        Token open() {
            return new Token(library, label, TOKEN_TIME_LIMIT, 1);
        }
    }

    static void defaults(Map<String, String> all) {
        all.put(SECRET_FILE, "");
        all.put(TOKEN, "");
        all.put(KMS + ".endpoint", "");
        all.put(KMS + ".region", "us-east-1");
        all.put(KMS + ".access-key-id", "");
        all.put(KMS + ".secret-access-key", "");
    }

    static CustodySettings parse(Map<String, String> values) {
        Optional<Settings.S3Endpoint> kms = Settings.outside(values, KMS, Settings.text(values, KMS + ".region"));
        kms.map(Settings.S3Endpoint::url).ifPresent(CustodySettings::requireProtected);
        return new CustodySettings(
                Settings.path(values, SECRET_FILE),
                Optional.of(Settings.text(values, TOKEN))
                        .filter(text -> !text.isEmpty())
                        .map(CustodySettings::place),
                kms);
    }

    private static Place place(String text) {
        String[] parts = text.split(";", -1);
        if (parts.length != 2 || parts[0].isBlank() || parts[1].isBlank()) {
            throw new IllegalArgumentException(TOKEN + ": '" + text + "' is not LIBRARY;TOKEN LABEL");
        }
        return new Place(Path.of(parts[0].strip()), parts[1].strip());
    }

    /** The wrapping key goes there in plain. */
    private static void requireProtected(String url) {
        URI at = URI.create(url);
        boolean loopback = "http".equals(at.getScheme()) && at.getHost() != null && LOOPBACK.contains(at.getHost());
        if (!loopback && !"https".equals(at.getScheme())) {
            throw new IllegalArgumentException(
                    KMS + ".endpoint must be https://, or http:// on loopback: " + url + " would show the key");
        }
    }
}
