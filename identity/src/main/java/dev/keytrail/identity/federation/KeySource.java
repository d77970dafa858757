package dev.keytrail.identity.federation;

/** Port: the published keys of an OpenID Connect issuer. May do network I/O, in bounded time. Thread-safe. */
@FunctionalInterface
public interface KeySource {
    /** Where nothing may be fetched: only providers with configured keys work. */
    KeySource NONE = (issuer, _) -> {
        throw Distrusted.unreachable("Fetching keys is switched off, and none are configured for " + issuer);
    };

    /**
     * The JSON Web Key Set of an issuer.
     *
     * @param issuer its URL, {@code https://...}
     * @param unknownKey whether a key id was met that an earlier answer did not have, so that a cached one will not do
     * @throws Distrusted of kind UNREACHABLE
     */
    String keys(String issuer, boolean unknownKey) throws Distrusted;
}
