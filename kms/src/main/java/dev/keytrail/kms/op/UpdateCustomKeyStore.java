package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.KeyStoreBook;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.wire.shape.kms.UpdateCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.UpdateCustomKeyStoreResponse;
import dev.keytrail.wire.shape.kms.XksProxyAuthenticationCredentialType;
import dev.keytrail.wire.shape.kms.XksProxyConnectivityType;
import java.util.Optional;

/**
 * UpdateCustomKeyStore: of a disconnected store anything; of a connected one its name, and a proxy's path and credential,
 * which are tried before they are taken.
 */
final class UpdateCustomKeyStore {
    private final StoreCare care;
    private final KeyStores stores;

    UpdateCustomKeyStore(StoreCare care, KeyStores stores) {
        this.care = care;
        this.stores = stores;
    }

    Operation<UpdateCustomKeyStoreRequest, UpdateCustomKeyStoreResponse> row() {
        return Rows.changing(
                "UpdateCustomKeyStore",
                UpdateCustomKeyStoreRequest.class,
                UpdateCustomKeyStoreResponse.class,
                this::run,
                UpdateCustomKeyStore::shown);
    }

    private Effect<UpdateCustomKeyStoreResponse> run(Attempt attempt, UpdateCustomKeyStoreRequest in) {
        boolean ofProxy = in.xksProxyUriEndpoint().isPresent()
                || in.xksProxyUriPath().isPresent()
                || in.xksProxyAuthenticationCredential().isPresent()
                || in.xksProxyConnectivity().isPresent()
                || in.xksProxyVpcEndpointServiceName().isPresent()
                || in.xksProxyVpcEndpointServiceOwner().isPresent();
        boolean ofCluster =
                in.cloudHsmClusterId().isPresent() || in.keyStorePassword().isPresent();
        if (!ofProxy && !ofCluster && in.newCustomKeyStoreName().isEmpty()) {
            throw KmsErrors.invalid("Specify at least one property to update.");
        }
        CreateCustomKeyStore.demandPublic(
                in.xksProxyConnectivity(), in.xksProxyVpcEndpointServiceName().isPresent());
        CustomKeyStore store = care.ready(attempt, in.customKeyStoreId());
        if (store.proxy().isPresent() ? ofCluster : ofProxy) {
            throw KmsErrors.invalid("The request has parameters that are not valid for this type of custom key store.");
        }
        demandState(store, ofCluster || in.xksProxyUriEndpoint().isPresent());
        CustomKeyStore changed = store.with(
                switch (store.backend()) {
                    case CustomKeyStore.Proxy proxy -> changed(attempt.call(), store, proxy, in);
                    case CustomKeyStore.Cluster cluster -> changed(attempt.call(), store, cluster, in);
                });
        changed = in.newCustomKeyStoreName().map(changed::named).orElse(changed);
        KeyStoreBook book = KeyStoreBook.of(attempt.state(), store.account(), store.region())
                .with(changed);
        if (ofProxy) {
            stores.demandServing(attempt, changed);
        }
        return Effect.of(
                UpdateCustomKeyStoreResponse.builder().build(),
                Change.put(CustomKeyStore.TABLE, store.rowKey(), changed),
                book.put());
    }

    private static void demandState(CustomKeyStore store, boolean needsDisconnected) {
        boolean fits = switch (store.connection()) {
            case DISCONNECTED -> true;
            case CONNECTED -> !needsDisconnected;
            case CONNECTING, FAILED, DISCONNECTING -> false;
        };
        if (!fits) {
            throw KeyStoreErrors.wrongState(store, "Disconnect it first.");
        }
    }

    private CustomKeyStore.Backend changed(
            Call call, CustomKeyStore store, CustomKeyStore.Proxy proxy, UpdateCustomKeyStoreRequest in) {
        String endpoint = in.xksProxyUriEndpoint().orElse(proxy.endpoint());
        String path = in.xksProxyUriPath().orElse(proxy.path());
        Optional<XksProxyAuthenticationCredentialType> credential = in.xksProxyAuthenticationCredential();
        if (credential.isEmpty()) {
            return new CustomKeyStore.Proxy(endpoint, path, proxy.accessKeyId(), proxy.secretAccessKey());
        }
        try (Secret accessKeyId = credential.get().accessKeyId();
                Secret secret = credential.get().rawSecretAccessKey()) {
            return stores.proxy(call, store.id(), endpoint, path, accessKeyId, secret);
        }
    }

    private CustomKeyStore.Backend changed(
            Call call, CustomKeyStore store, CustomKeyStore.Cluster cluster, UpdateCustomKeyStoreRequest in) {
        if (in.cloudHsmClusterId().filter(id -> !id.equals(cluster.clusterId())).isPresent()) {
            throw KeyStoreErrors.clusterNotRelated(in.cloudHsmClusterId().get());
        }
        return in.keyStorePassword().isEmpty()
                ? cluster
                : stores.cluster(
                        call,
                        store.id(),
                        cluster.clusterId(),
                        cluster.trustAnchor(),
                        in.keyStorePassword().get());
    }

    private static Optional<Facts> shown(UpdateCustomKeyStoreRequest in) {
        return Optional.of(Facts.facts()
                .put("customKeyStoreId", in.customKeyStoreId())
                .put("newCustomKeyStoreName", in.newCustomKeyStoreName())
                .put("clusterId", in.cloudHsmClusterId())
                .put("xksProxyUriEndpoint", in.xksProxyUriEndpoint())
                .put("xksProxyUriPath", in.xksProxyUriPath())
                .put("xksProxyConnectivity", in.xksProxyConnectivity().map(XksProxyConnectivityType::value)));
    }
}
