package dev.keytrail.identity.directory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.SigningKey;
import dev.keytrail.crypto.Vault;
import dev.keytrail.identity.sigv4.Claims;
import java.time.Instant;

/**
 * Makes access keys and derives signing keys from their sealed secrets. Thread-safe.
 *
 * <p>Derived keys are cached by the sealed bytes, day, Region and service, so that a secret is opened once a day and not
 * once a call; whether a key is active is no business of this cache.
 */
public final class AccessKeys {
    /** About 1 KiB each: every key of a large site, for several services. */
    private static final int SIGNING_KEYS_MAX = 10_000;

    private final Vault vault;
    private final Identifiers identifiers;
    private final Cache<Scope, SigningKey> signingKeys = Caffeine.newBuilder()
            .maximumSize(SIGNING_KEYS_MAX)
            .executor(Runnable::run)
            .build();

    private record Scope(String accessKeyId, Bytes sealed, String date, String region, String service) {}

    /** A signing key and whether it was cached. */
    record Found(Scope scope, SigningKey key, boolean known) {}

    public AccessKeys(Vault vault, Identifiers identifiers) {
        this.vault = vault;
        this.identifiers = identifiers;
    }

    /** A fresh, active key. */
    public NewAccessKey create(String account, AccessKey.Owner owner, Instant now) {
        String id = identifiers.accessKeyId();
        Secret secret = identifiers.secretAccessKey();
        return new NewAccessKey(new AccessKey(id, account, owner, true, now, seal(id, secret)), secret);
    }

    Bytes seal(String accessKeyId, Secret secret) {
        return vault.wrap(secret, secretName(accessKeyId));
    }

    /** Whether that is the secret of the key; compared in constant time. */
    boolean holds(String accessKeyId, Bytes sealed, Secret given) {
        return vault.holds(sealed, secretName(accessKeyId), given);
    }

    /** The secret itself, for who is to have it. */
    Secret unseal(String accessKeyId, Bytes sealed) {
        return vault.unwrap(sealed, secretName(accessKeyId))
                .orElseThrow(() -> new IllegalStateException("secret of " + accessKeyId + " cannot be opened"));
    }

    /** The signing key for the scope that a request claims. */
    Found signingKey(String accessKeyId, Bytes sealed, Claims claims) {
        Scope scope = new Scope(accessKeyId, sealed, claims.scopeDate(), claims.region(), claims.service());
        SigningKey known = signingKeys.getIfPresent(scope);
        if (known != null) {
            return new Found(scope, known, true);
        }
        try (Secret secret = unseal(accessKeyId, sealed)) {
            SigningKey derived = SigningKey.derive(secret, claims.scopeDate(), claims.region(), claims.service());
            return new Found(scope, derived, false);
        }
    }

    /** Only keys that have proven a signature are kept: requests that merely claim something cannot fill the cache. */
    void proven(Found found) {
        if (!found.known) {
            signingKeys.put(found.scope, found.key);
        }
    }

    /** What a secret is sealed under, so that a row's secret cannot be moved to another key id. */
    static String secretName(String accessKeyId) {
        return "secret access key of " + accessKeyId;
    }
}
