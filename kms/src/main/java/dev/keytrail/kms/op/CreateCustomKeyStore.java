package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Secret;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.key.KeyStoreBook;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.wire.shape.kms.CreateCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.CreateCustomKeyStoreResponse;
import dev.keytrail.wire.shape.kms.CustomKeyStoreType;
import dev.keytrail.wire.shape.kms.XksProxyAuthenticationCredentialType;
import dev.keytrail.wire.shape.kms.XksProxyConnectivityType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** CreateCustomKeyStore: over an external key store proxy, which is asked whether it can serve, or over a token. */
final class CreateCustomKeyStore {
    private static final String ID_PREFIX = "cks-";
    /** AWS's ids have 17 hex digits. */
    private static final int ID_DIGITS = 17;

    private final StoreCare care;
    private final KeyStores stores;
    private final Entropy entropy;

    CreateCustomKeyStore(StoreCare care, KeyStores stores, Entropy entropy) {
        this.care = care;
        this.stores = stores;
        this.entropy = entropy;
    }

    Operation<CreateCustomKeyStoreRequest, CreateCustomKeyStoreResponse> row() {
        return Rows.changing(
                "CreateCustomKeyStore",
                CreateCustomKeyStoreRequest.class,
                CreateCustomKeyStoreResponse.class,
                this::run,
                CreateCustomKeyStore::shown);
    }

    private Effect<CreateCustomKeyStoreResponse> run(Attempt attempt, CreateCustomKeyStoreRequest in) {
        Call call = attempt.call();
        boolean external = in.customKeyStoreType().orElse(CustomKeyStoreType.AWS_CLOUDHSM)
                == CustomKeyStoreType.EXTERNAL_KEY_STORE;
        demandConsistent(in, external);
        care.demand(attempt);
        String id = ID_PREFIX + entropy.hex(9).substring(0, ID_DIGITS);
        CustomKeyStore store = new CustomKeyStore(
                call.account(),
                call.region(),
                id,
                in.customKeyStoreName(),
                Times.of(call),
                Connection.DISCONNECTED,
                Optional.empty(),
                external ? proxy(call, id, in) : cluster(call, id, in));
        KeyStoreBook book =
                KeyStoreBook.of(attempt.state(), call.account(), call.region()).with(store);
        // Last, for it waits on somebody else's machine, which a request that is refused must not cost.
        stores.demandServing(attempt, store);
        List<Change<?>> changes =
                new ArrayList<>(List.of(Change.put(CustomKeyStore.TABLE, store.rowKey(), store), book.put()));
        store.cluster().ifPresent(cluster -> {
            String clusterId = cluster.clusterId();
            if (attempt.state().get(CustomKeyStore.CLUSTERS, clusterId).isPresent()) {
                throw KeyStoreErrors.clusterInUse(clusterId);
            }
            changes.add(Change.put(CustomKeyStore.CLUSTERS, clusterId, store.rowKey()));
        });
        return Effect.of(
                        CreateCustomKeyStoreResponse.builder()
                                .customKeyStoreId(id)
                                .build(),
                        changes)
                .showing(Facts.facts().put("customKeyStoreId", id));
    }

    private CustomKeyStore.Proxy proxy(Call call, String id, CreateCustomKeyStoreRequest in) {
        XksProxyAuthenticationCredentialType credential =
                in.xksProxyAuthenticationCredential().orElseThrow();
        try (Secret accessKeyId = credential.accessKeyId();
                Secret secret = credential.rawSecretAccessKey()) {
            return stores.proxy(
                    call,
                    id,
                    in.xksProxyUriEndpoint().orElseThrow(),
                    in.xksProxyUriPath().orElseThrow(),
                    accessKeyId,
                    secret);
        }
    }

    private CustomKeyStore.Cluster cluster(Call call, String id, CreateCustomKeyStoreRequest in) {
        return stores.cluster(
                call,
                id,
                in.cloudHsmClusterId().orElseThrow(),
                in.trustAnchorCertificate().orElseThrow(),
                in.keyStorePassword().orElseThrow());
    }

    private static void demandConsistent(CreateCustomKeyStoreRequest in, boolean external) {
        boolean anyOfCluster = in.cloudHsmClusterId().isPresent()
                || in.keyStorePassword().isPresent()
                || in.trustAnchorCertificate().isPresent();
        boolean anyOfProxy = in.xksProxyUriEndpoint().isPresent()
                || in.xksProxyUriPath().isPresent()
                || in.xksProxyAuthenticationCredential().isPresent()
                || in.xksProxyConnectivity().isPresent()
                || in.xksProxyVpcEndpointServiceName().isPresent()
                || in.xksProxyVpcEndpointServiceOwner().isPresent();
        if (external ? anyOfCluster : anyOfProxy) {
            throw KmsErrors.invalid("The request has parameters that are not valid for a custom key store of type "
                    + (external ? "EXTERNAL_KEY_STORE" : "AWS_CLOUDHSM") + ".");
        }
        if (!external) {
            require(in.cloudHsmClusterId(), "CloudHsmClusterId");
            require(in.keyStorePassword(), "KeyStorePassword");
            require(in.trustAnchorCertificate(), "TrustAnchorCertificate");
            return;
        }
        require(in.xksProxyConnectivity(), "XksProxyConnectivity");
        require(in.xksProxyUriEndpoint(), "XksProxyUriEndpoint");
        require(in.xksProxyUriPath(), "XksProxyUriPath");
        require(in.xksProxyAuthenticationCredential(), "XksProxyAuthenticationCredential");
        demandPublic(
                in.xksProxyConnectivity(), in.xksProxyVpcEndpointServiceName().isPresent());
    }

    /** There are no VPC endpoint services here. */
    static void demandPublic(Optional<XksProxyConnectivityType> connectivity, boolean serviceNamed) {
        if (connectivity
                .filter(XksProxyConnectivityType.VPC_ENDPOINT_SERVICE::equals)
                .isPresent()) {
            throw KeyStoreErrors.noEndpointServices();
        }
        if (serviceNamed) {
            throw KmsErrors.invalid(
                    "XksProxyVpcEndpointServiceName is valid only with VPC_ENDPOINT_SERVICE connectivity.");
        }
    }

    private static void require(Optional<?> member, String name) {
        if (member.isEmpty()) {
            throw KmsErrors.invalid(name + " is required for this type of custom key store.");
        }
    }

    /** Never the credential, the password or, being long and public, the certificate. */
    private static Optional<Facts> shown(CreateCustomKeyStoreRequest in) {
        return Optional.of(Facts.facts()
                .put("customKeyStoreName", in.customKeyStoreName())
                .put("clusterId", in.cloudHsmClusterId())
                .put("customKeyStoreType", in.customKeyStoreType().map(CustomKeyStoreType::value))
                .put("xksProxyUriEndpoint", in.xksProxyUriEndpoint())
                .put("xksProxyUriPath", in.xksProxyUriPath())
                .put("xksProxyConnectivity", in.xksProxyConnectivity().map(XksProxyConnectivityType::value))
                .put("xksProxyVpcEndpointServiceName", in.xksProxyVpcEndpointServiceName()));
    }
}
