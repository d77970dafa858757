package dev.keytrail.kms.store;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.CiphertextHeader;
import dev.keytrail.crypto.ExternalCiphertext;
import dev.keytrail.crypto.MaterialId;
import dev.keytrail.crypto.Vault;
import dev.keytrail.kms.key.Backing;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.key.EncryptionContext;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyConditions;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.store.XksProxy.About;
import dev.keytrail.kms.store.XksProxy.KeyFacts;
import dev.keytrail.kms.store.XksProxy.Site;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Symmetric encryption under a key wherever its material is, and what custom key stores do besides. Thread-safe.
 *
 * <p>Work outside this process is done while a call is decided. A call that loses a race does it again; that leaves nothing
 * behind in a proxy, and no second key in a token.
 */
public final class KeyStores {
    private static final String ACCESS_KEY_ID = "access-key-id";
    private static final String SECRET_ACCESS_KEY = "secret-access-key";
    private static final String PASSWORD = "password";

    private final Crypto crypto;
    private final XksProxy proxy;
    private final Clusters clusters;
    private final StoreTurns turns;

    public KeyStores(Crypto crypto, XksSettings xks, ClusterSettings clusters, StoreTurns turns, Entropy entropy) {
        this.turns = turns;
        this.crypto = crypto;
        this.proxy = new XksProxy(xks);
        this.clusters = new Clusters(clusters, entropy);
    }

    /** @param material what sealed or opened it; empty for keys in custom key stores, whose answers name none */
    public record Sealed(Bytes blob, Optional<Material> material) {}

    /** @param plaintext the taker's to close */
    public record Opened(Secret plaintext, Optional<Material> material) {}

    /** With the key's current material; notes for the record which store was asked. */
    public Sealed seal(Attempt attempt, Key key, Secret plaintext, EncryptionContext context) {
        Optional<Backing> backing = key.backing();
        if (backing.isEmpty()) {
            Material material = current(key);
            return new Sealed(inner(key, material, plaintext, context), Optional.of(material));
        }
        begin(attempt, key, backing.get());
        return new Sealed(
                switch (backing.get().keeper()) {
                    case Backing.ExternalKey(String externalKeyId) ->
                        outer(attempt, key, externalKeyId, plaintext, context);
                    case Backing.TokenKey token ->
                        clusters.encrypt(key, token, plaintext, context, pin(store(attempt, key)));
                },
                Optional.empty());
    }

    /** @throws Refused InvalidCiphertextException, or KMSInvalidStateException where a store is the reason */
    public Opened open(Attempt attempt, Key key, String materialId, Bytes ciphertext, EncryptionContext context) {
        Optional<Backing> backing = key.backing();
        if (backing.isEmpty()) {
            Material material = key.material(materialId).orElseThrow(KmsErrors::invalidCiphertext);
            return new Opened(openInner(key, material, ciphertext, context), Optional.of(material));
        }
        begin(attempt, key, backing.get());
        return new Opened(
                switch (backing.get().keeper()) {
                    case Backing.ExternalKey(String externalKeyId) ->
                        openOuter(attempt, key, materialId, externalKeyId, ciphertext, context);
                    case Backing.TokenKey token -> {
                        if (!token.objectId().equals(materialId)) {
                            throw KmsErrors.invalidCiphertext();
                        }
                        yield clusters.decrypt(key, token, ciphertext, context, pin(store(attempt, key)));
                    }
                },
                Optional.empty());
    }

    /** What the event shows of a key in a store (cloudtrail.md C3); empty for other keys. */
    public static Optional<Facts> facts(Key key) {
        return key.backing()
                .map(backing -> Facts.facts()
                        .put("customKeyStoreId", backing.storeId())
                        .put("xksKeyId", backing.externalKeyId()));
    }

    /** What the events of a key's coming and going show of its store (cloudtrail.md C2). */
    public static Optional<Facts> lifecycleFacts(Key key) {
        return facts(key)
                .map(facts -> key.backing()
                        .flatMap(Backing::tokenKey)
                        .map(token -> facts.put("clusterId", token.clusterId())
                                .put("backingKeys", "[" + backingKey(token) + "]"))
                        .orElse(facts));
    }

    /** As the event of CreateKey shows a token's key: JSON in a text. */
    public static Optional<Facts> creationFacts(Key key) {
        return key.backing()
                .flatMap(Backing::tokenKey)
                .map(token -> Facts.facts().put("backingKey", backingKey(token)));
    }

    private static String backingKey(Backing.TokenKey token) {
        return "{\"backingKeyId\":\"" + token.objectId() + "\"}";
    }

    /** Random bytes of a connected store's token. */
    public Secret random(CustomKeyStore store, int bytes) {
        return clusters.random(cluster(store).clusterId(), bytes, pin(store));
    }

    /**
     * Destroys the key in a token. Not to be undone: only for a key that nobody can keep any more.
     *
     * @return whether it is gone, and what the event of DeleteKey shows of the key's store
     */
    public Destroyed destroyed(CustomKeyStore store, Key key, Backing.TokenKey token) {
        boolean gone = clusters.destroy(token, pin(store));
        return new Destroyed(
                gone,
                lifecycleFacts(key)
                        .orElseThrow()
                        .put(
                                "backingKeysDeletionStatus",
                                "[{\"backingKeyId\":\"" + token.objectId() + "\",\"deletionStatus\":\""
                                        + (gone ? "SUCCESS" : "FAILURE") + "\"}]"));
    }

    /** What became of a token's key. */
    public record Destroyed(boolean gone, Facts shown) {}

    /** Wraps a proxy's credential for a store of this name. */
    public CustomKeyStore.Proxy proxy(
            Call call, String storeId, String endpoint, String path, Secret accessKeyId, Secret secretAccessKey) {
        return new CustomKeyStore.Proxy(
                endpoint,
                path,
                wrap(call, storeId, ACCESS_KEY_ID, accessKeyId),
                wrap(call, storeId, SECRET_ACCESS_KEY, secretAccessKey));
    }

    /** The access key id in clear, for whoever may describe the store; the taker closes it. */
    public Secret accessKeyId(CustomKeyStore store) {
        return unwrap(
                store,
                ACCESS_KEY_ID,
                store.proxy().map(CustomKeyStore.Proxy::accessKeyId).orElseThrow());
    }

    /** Wraps a token's password for a store of this name. */
    public CustomKeyStore.Cluster cluster(
            Call call, String storeId, String clusterId, String trustAnchor, Secret password) {
        return new CustomKeyStore.Cluster(clusterId, trustAnchor, wrap(call, storeId, PASSWORD, password));
    }

    /**
     * Asks what is behind a store whether it can serve, as making and changing a store does.
     *
     * @throws Refused XksProxy...Exception, CloudHsm...Exception or IncorrectTrustAnchorException
     */
    public void demandServing(Attempt attempt, CustomKeyStore store) {
        Call call = attempt.call();
        if (store.backend() instanceof CustomKeyStore.Cluster cluster) {
            clusters.demandTrusted(cluster.clusterId(), cluster.trustAnchor());
            return;
        }
        try {
            checkHealth(store, call.operation(), call.requestId(), call.receivedAt());
        } catch (ProxyFailure failure) {
            throw failure.ofStore();
        }
    }

    /** @throws Refused CloudHsmClusterNotFoundException: the operator has taken the store's cluster away */
    public void demandConfigured(CustomKeyStore store) {
        store.cluster().ifPresent(cluster -> clusters.demandConfigured(cluster.clusterId()));
    }

    /**
     * A new key inside a connected store's token. Its id there follows from the request, so that a call that is decided
     * again finds the key that it has made.
     */
    public Backing makeTokenKey(Attempt attempt, CustomKeyStore store) {
        String objectId = MaterialId.ofRequest(store.rowKey(), attempt.call().requestId());
        Backing.TokenKey made = new Backing.TokenKey(cluster(store).clusterId(), objectId);
        clusters.makeKey(made, "keytrail " + attempt.call().requestId(), pin(store));
        return new Backing(store.id(), made);
    }

    /** Ends what there is of a connection. */
    public void disconnected(CustomKeyStore store) {
        store.cluster().ifPresent(cluster -> clusters.disconnect(cluster.clusterId()));
    }

    private static CustomKeyStore.Cluster cluster(CustomKeyStore store) {
        return store.cluster().orElseThrow();
    }

    private Supplier<Secret> pin(CustomKeyStore store) {
        return () -> unwrap(store, PASSWORD, cluster(store).password());
    }

    /** What a store that is CONNECTING becomes. */
    public CustomKeyStore connected(CustomKeyStore store, String requestId, Instant now) {
        return switch (store.backend()) {
            case CustomKeyStore.Proxy _ -> {
                try {
                    checkHealth(store, "ConnectCustomKeyStore", requestId, now);
                    yield store.with(Connection.CONNECTED);
                } catch (ProxyFailure failure) {
                    yield store.failed(failure.onConnecting());
                }
            }
            case CustomKeyStore.Cluster cluster ->
                clusters.connect(cluster.clusterId(), pin(store))
                        .map(store::failed)
                        .orElseGet(() -> store.with(Connection.CONNECTED));
        };
    }

    /** @throws Refused XksKey...Exception: no external key that a KMS key can stand on */
    public void demandUsableKey(Attempt attempt, CustomKeyStore store, String externalKeyId) {
        Call call = attempt.call();
        KeyFacts facts;
        try (Credentials credentials = credentials(store)) {
            About about = about(call, Optional.empty());
            facts = proxy.describe(site(store, credentials), externalKeyId, about, call.receivedAt());
        } catch (ProxyFailure failure) {
            throw failure.inCreateKey();
        }
        if (!facts.spec().equals("AES_256")) {
            throw KeyStoreErrors.externalKeyMisconfigured(
                    "The key spec of the external key must be AES_256. It is " + printable(facts.spec()) + ".");
        }
        if (!facts.usages().containsAll(List.of("ENCRYPT", "DECRYPT"))) {
            throw KeyStoreErrors.externalKeyMisconfigured(
                    "The key usage of the external key must include ENCRYPT and DECRYPT. It is "
                            + printable(String.join(", ", facts.usages())) + ".");
        }
        if (!facts.status().equals("ENABLED")) {
            throw KeyStoreErrors.externalKeyMisconfigured(
                    "The status of the external key must be ENABLED. It is " + printable(facts.status()) + ".");
        }
    }

    private Bytes outer(Attempt attempt, Key key, String externalKeyId, Secret plaintext, EncryptionContext context) {
        Call call = attempt.call();
        Material material = current(key);
        Bytes inner = inner(key, material, plaintext, context);
        CustomKeyStore store = store(attempt, key);
        Bytes bound = ExternalCiphertext.additionalData(key.account(), key.id(), material.id(), context.pairs());
        try (Credentials credentials = credentials(store)) {
            return proxy.encrypt(
                            site(store, credentials),
                            externalKeyId,
                            inner,
                            bound,
                            about(call, Optional.of(key)),
                            call.receivedAt())
                    .encoded(key.account(), key.id(), material.id());
        } catch (ProxyFailure failure) {
            throw failure.inCryptography();
        }
    }

    private Secret openOuter(
            Attempt attempt,
            Key key,
            String materialId,
            String externalKeyId,
            Bytes ciphertext,
            EncryptionContext context) {
        Call call = attempt.call();
        Material material = key.material(materialId).orElseThrow(KmsErrors::invalidCiphertext);
        ExternalCiphertext sealed = ExternalCiphertext.parse(ciphertext).orElseThrow(KmsErrors::invalidCiphertext);
        CustomKeyStore store = store(attempt, key);
        Bytes bound = ExternalCiphertext.additionalData(key.account(), key.id(), materialId, context.pairs());
        Bytes inner;
        try (Credentials credentials = credentials(store)) {
            inner = proxy.decrypt(
                    site(store, credentials),
                    externalKeyId,
                    sealed,
                    bound,
                    about(call, Optional.of(key)),
                    call.receivedAt());
        } catch (ProxyFailure failure) {
            throw failure.inCryptography();
        }
        return crypto.symmetric()
                .open(key.account(), key.id(), material.wrapped(), inner, context.pairs())
                .orElseThrow(() -> KeyStoreErrors.unusable(
                        "The ciphertext that the external key store proxy submitted for decryption, or the encryption"
                                + " context, is corrupted, missing, or otherwise invalid."));
    }

    private static Material current(Key key) {
        return key.currentMaterial().orElseThrow(() -> new IllegalStateException("no current material: " + key.arn()));
    }

    private Bytes inner(Key key, Material material, Secret plaintext, EncryptionContext context) {
        return crypto.symmetric().seal(key.account(), key.id(), material.wrapped(), plaintext, context.pairs());
    }

    private Secret openInner(Key key, Material material, Bytes ciphertext, EncryptionContext context) {
        boolean own = CiphertextHeader.parse(ciphertext)
                .filter(header -> header.kind() == CiphertextHeader.Kind.OWN)
                .isPresent();
        return Optional.of(ciphertext)
                .filter(blob -> own)
                .flatMap(blob ->
                        crypto.symmetric().open(key.account(), key.id(), material.wrapped(), blob, context.pairs()))
                .orElseThrow(KmsErrors::invalidCiphertext);
    }

    private void checkHealth(CustomKeyStore store, String operation, String requestId, Instant now)
            throws ProxyFailure {
        About about = new About(operation, requestId, Optional.empty(), Optional.empty(), Optional.empty());
        try (Credentials credentials = credentials(store)) {
            Site site = site(store, credentials);
            try {
                proxy.checkHealth(site, about, now);
            } catch (ProxyFailure failure) {
                if (failure.why() != ProxyFailure.Cause.TIMED_OUT) {
                    throw failure;
                }
                // The first request to a proxy makes the connection; the time limit is meant for one that is there.
                proxy.checkHealth(site, about, now);
            }
        }
    }

    /** Notes for the record which store is asked, and asks it no more often than the operator wants. */
    private void begin(Attempt attempt, Key key, Backing backing) {
        facts(key).ifPresent(attempt.notes()::additional);
        turns.take(attempt.call(), backing.storeId());
    }

    private static CustomKeyStore store(Attempt attempt, Key key) {
        String id = key.backing().map(Backing::storeId).orElseThrow();
        return CustomKeyStore.find(attempt.state(), key.account(), key.region(), id)
                .orElseThrow(() -> new IllegalStateException("key without its store: " + key.arn()));
    }

    private static About about(Call call, Optional<Key> key) {
        Caller caller = call.caller();
        return new About(
                call.operation(),
                call.requestId(),
                Optional.of(principalArn(caller.principal())),
                key.map(Key::arn),
                caller.invokedBy().map(service -> KeyConditions.via(service, call.region())));
    }

    private static String principalArn(Principal principal) {
        return principal instanceof Principal.RoleSession session ? session.roleArn() : principal.arn();
    }

    private static Site site(CustomKeyStore store, Credentials credentials) {
        CustomKeyStore.Proxy at = store.proxy().orElseThrow();
        return new Site(at.endpoint(), at.path(), credentials.id, credentials.secret, store.region());
    }

    private record Credentials(Secret id, Secret secret) implements AutoCloseable {
        @Override
        public void close() {
            id.close();
            secret.close();
        }
    }

    private Credentials credentials(CustomKeyStore store) {
        CustomKeyStore.Proxy at = store.proxy().orElseThrow();
        return new Credentials(
                unwrap(store, ACCESS_KEY_ID, at.accessKeyId()), unwrap(store, SECRET_ACCESS_KEY, at.secretAccessKey()));
    }

    private Bytes wrap(Call call, String storeId, String what, Secret secret) {
        return crypto.vault().wrap(secret, CustomKeyStore.nameInVault(call.account(), call.region(), storeId, what));
    }

    private Secret unwrap(CustomKeyStore store, String what, Bytes wrapped) {
        return crypto.vault()
                .unwrap(wrapped, store.nameInVault(what))
                .orElseThrow(() -> new IllegalStateException("stored credential does not unwrap: " + store.id()));
    }

    /** The store with its credentials under the newest root key; empty when they are already. */
    public static Optional<CustomKeyStore> renewed(Vault vault, CustomKeyStore store) {
        return switch (store.backend()) {
            case CustomKeyStore.Proxy proxy -> {
                Optional<Bytes> id = vault.renewed(proxy.accessKeyId(), store.nameInVault(ACCESS_KEY_ID));
                Optional<Bytes> secret = vault.renewed(proxy.secretAccessKey(), store.nameInVault(SECRET_ACCESS_KEY));
                yield id.isEmpty() && secret.isEmpty()
                        ? Optional.empty()
                        : Optional.of(store.with(new CustomKeyStore.Proxy(
                                proxy.endpoint(),
                                proxy.path(),
                                id.orElse(proxy.accessKeyId()),
                                secret.orElse(proxy.secretAccessKey()))));
            }
            case CustomKeyStore.Cluster cluster ->
                vault.renewed(cluster.password(), store.nameInVault(PASSWORD))
                        .map(password -> store.with(
                                new CustomKeyStore.Cluster(cluster.clusterId(), cluster.trustAnchor(), password)));
        };
    }

    /** What somebody else's machine said, fit for an error text. */
    private static String printable(String said) {
        String cut = said.length() > 64 ? said.substring(0, 64) : said;
        return cut.replaceAll("[^ -~]", "?");
    }
}
