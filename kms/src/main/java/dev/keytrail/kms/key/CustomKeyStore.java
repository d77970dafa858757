package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Instant;
import java.util.Optional;

/**
 * A custom key store, as it lies in {@code kms.key-store} under {@code account/region/id}. Every use of a key in it reads
 * this row, so a store that is disconnected binds every request that starts after the answer.
 *
 * @param id {@code cks-} and 17 hex digits
 * @param error why the last attempt to connect failed; present exactly in FAILED
 */
public record CustomKeyStore(
        String account,
        String region,
        String id,
        String name,
        Instant created,
        Connection connection,
        Optional<ConnectionError> error,
        Backend backend) {
    public static final Table<CustomKeyStore> TABLE =
            new Table<>("kms.key-store", RowCodec.of(CustomKeyStore::write, CustomKeyStore::read));

    /** Stores whose connection is being made or ended: what the job has to do, under the store's row key. */
    public static final Table<String> PENDING = texts("kms.key-store-pending");

    /** External keys in use: key id by {@code account/region/store/external key}. */
    public static final Table<String> EXTERNAL_KEYS = texts("kms.key-store-external-key");

    /** Which store has a token, under the cluster's id: one of all accounts and Regions, for its login is one. */
    public static final Table<String> CLUSTERS = texts("kms.key-store-cluster");

    /** How many keys a store has, under its row key; every key made or deleted in it writes the row. */
    public static final Table<Long> KEY_COUNTS = new Table<>(
            "kms.key-store-keys", RowCodec.of((count, out) -> out.version(1).number(count), in -> {
                in.version(1);
                return in.number();
            }));

    /** Names are AWS's ConnectionState, and stored. */
    public enum Connection {
        CONNECTED,
        CONNECTING,
        FAILED,
        DISCONNECTED,
        DISCONNECTING
    }

    /** The values of AWS's ConnectionErrorCode that can happen here. Names are stored. */
    public enum ConnectionError {
        INVALID_CREDENTIALS,
        CLUSTER_NOT_FOUND,
        NETWORK_ERRORS,
        INTERNAL_ERROR,
        INSUFFICIENT_CLOUDHSM_HSMS,
        USER_LOCKED_OUT,
        USER_NOT_FOUND,
        XKS_PROXY_ACCESS_DENIED,
        XKS_PROXY_NOT_REACHABLE,
        XKS_PROXY_INVALID_RESPONSE,
        XKS_PROXY_INVALID_CONFIGURATION,
        XKS_PROXY_TIMED_OUT,
        XKS_PROXY_INVALID_TLS_CONFIGURATION
    }

    /** What is behind a store. Credentials are wrapped under the root key. */
    public sealed interface Backend {}

    /**
     * An external key store proxy.
     *
     * @param endpoint {@code https://name}, as the API says it; the operator's settings say where that is
     * @param path ends with {@code /kms/xks/v1}
     */
    public record Proxy(String endpoint, String path, Bytes accessKeyId, Bytes secretAccessKey) implements Backend {}

    /**
     * A PKCS#11 token.
     *
     * @param password of the token's user, wrapped
     * @param trustAnchor the certificate's text as given
     */
    public record Cluster(String clusterId, String trustAnchor, Bytes password) implements Backend {}

    public CustomKeyStore {
        if (error.isPresent() != (connection == Connection.FAILED)) {
            throw new IllegalArgumentException(connection + " with error " + error);
        }
    }

    public static String rowKey(String account, String region, String id) {
        return account + "/" + region + "/" + id;
    }

    public String rowKey() {
        return rowKey(account, region, id);
    }

    public static Optional<CustomKeyStore> find(State state, String account, String region, String id) {
        return state.get(TABLE, rowKey(account, region, id));
    }

    /** The key as it stands now: unavailable while its store is not connected (kms.md section 7). */
    public static Key seen(State state, Key key) {
        if (key.backing().isEmpty()) {
            return key;
        }
        boolean connected = find(
                        state, key.account(), key.region(), key.backing().get().storeId())
                .filter(store -> store.connection() == Connection.CONNECTED)
                .isPresent();
        return key.reachable(connected);
    }

    public Optional<Proxy> proxy() {
        return backend instanceof Proxy proxy ? Optional.of(proxy) : Optional.empty();
    }

    public Optional<Cluster> cluster() {
        return backend instanceof Cluster cluster ? Optional.of(cluster) : Optional.empty();
    }

    /** The name under which one of its credentials is wrapped. */
    public static String nameInVault(String account, String region, String id, String credential) {
        return "key-store/" + account + "/" + region + "/" + id + "/" + credential;
    }

    public String nameInVault(String credential) {
        return nameInVault(account, region, id, credential);
    }

    public CustomKeyStore with(Connection next) {
        return new CustomKeyStore(account, region, id, name, created, next, Optional.empty(), backend);
    }

    public CustomKeyStore failed(ConnectionError why) {
        return new CustomKeyStore(account, region, id, name, created, Connection.FAILED, Optional.of(why), backend);
    }

    public CustomKeyStore named(String next) {
        return new CustomKeyStore(account, region, id, next, created, connection, error, backend);
    }

    public CustomKeyStore with(Backend next) {
        return new CustomKeyStore(account, region, id, name, created, connection, error, next);
    }

    /** Where an external key is marked as taken. */
    public static String externalKeyRow(String account, String region, String storeId, String externalKeyId) {
        return rowKey(account, region, storeId) + "/" + externalKeyId;
    }

    private static Table<String> texts(String name) {
        return new Table<>(name, RowCodec.of((text, out) -> out.version(1).text(text), in -> {
            in.version(1);
            return in.text();
        }));
    }

    private static void write(CustomKeyStore store, RowWriter out) {
        out.version(1)
                .text(store.account)
                .text(store.region)
                .text(store.id)
                .text(store.name)
                .instant(store.created)
                .text(store.connection.name())
                .optionalText(store.error.map(ConnectionError::name));
        switch (store.backend) {
            case Proxy proxy ->
                out.number(1)
                        .text(proxy.endpoint)
                        .text(proxy.path)
                        .bytes(proxy.accessKeyId)
                        .bytes(proxy.secretAccessKey);
            case Cluster cluster ->
                out.number(2).text(cluster.clusterId).text(cluster.trustAnchor).bytes(cluster.password);
        }
    }

    private static CustomKeyStore read(RowReader in) {
        in.version(1);
        return new CustomKeyStore(
                in.text(),
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                Connection.valueOf(in.text()),
                in.optionalText().map(ConnectionError::valueOf),
                backend(in));
    }

    private static Backend backend(RowReader in) {
        int kind = in.integer();
        return switch (kind) {
            case 1 -> new Proxy(in.text(), in.text(), in.bytes(), in.bytes());
            case 2 -> new Cluster(in.text(), in.text(), in.bytes());
            default -> throw new IllegalArgumentException("key store of kind " + kind);
        };
    }
}
