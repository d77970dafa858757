package dev.keytrail.server;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * TLS of the listener; none without a certificate.
 *
 * @param certificate PEM file: the server's certificate, then those that lead to its root
 * @param key PEM file of its private key, PKCS#8, which nobody but its owner may read
 * @param clients PEM file of the certificates that clients' must chain to; none: clients are not asked
 * @param clientsRequired whether a client without a certificate is turned away, or let in as others are
 */
record TlsSettings(Optional<Path> certificate, Optional<Path> key, Optional<Path> clients, boolean clientsRequired) {
    static final String CERTIFICATE = "tls.cert";
    static final String KEY = "tls.key";
    private static final String CLIENTS = "tls.clients";
    private static final String CLIENTS_REQUIRED = "tls.clients.required";

    static void defaults(Map<String, String> all) {
        all.put(CERTIFICATE, "");
        all.put(KEY, "");
        all.put(CLIENTS, "");
        all.put(CLIENTS_REQUIRED, "true");
    }

    static TlsSettings parse(Map<String, String> values) {
        TlsSettings settings = new TlsSettings(
                Settings.path(values, CERTIFICATE),
                Settings.path(values, KEY),
                Settings.path(values, CLIENTS),
                Settings.flag(values, CLIENTS_REQUIRED));
        if (settings.certificate.isPresent() != settings.key.isPresent()) {
            throw new IllegalArgumentException(CERTIFICATE + " and " + KEY + " go together");
        }
        if (settings.clients.isPresent() && !settings.on()) {
            throw new IllegalArgumentException(CLIENTS + " needs " + CERTIFICATE + " and " + KEY);
        }
        return settings;
    }

    boolean on() {
        return certificate.isPresent();
    }
}
