package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Permissions;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.wire.shape.kms.ConnectionErrorCodeType;
import dev.keytrail.wire.shape.kms.ConnectionStateType;
import dev.keytrail.wire.shape.kms.CustomKeyStoreType;
import dev.keytrail.wire.shape.kms.CustomKeyStoresListEntry;
import dev.keytrail.wire.shape.kms.DescribeCustomKeyStoresRequest;
import dev.keytrail.wire.shape.kms.DescribeCustomKeyStoresResponse;
import dev.keytrail.wire.shape.kms.XksProxyConfigurationType;
import dev.keytrail.wire.shape.kms.XksProxyConnectivityType;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** DescribeCustomKeyStores: all of the account's in this Region, in order of their ids, or the one asked for. */
final class DescribeCustomKeyStores {
    private static final int LIMIT_DEFAULT = 1000;
    private static final int LIMIT_MAX = 1000;

    private final Permissions permissions;
    private final KeyStores stores;

    DescribeCustomKeyStores(Permissions permissions, KeyStores stores) {
        this.permissions = permissions;
        this.stores = stores;
    }

    Operation<DescribeCustomKeyStoresRequest, DescribeCustomKeyStoresResponse> row() {
        return Rows.reading(
                "DescribeCustomKeyStores",
                DescribeCustomKeyStoresRequest.class,
                DescribeCustomKeyStoresResponse.class,
                this::run,
                DescribeCustomKeyStores::shown);
    }

    private Effect<DescribeCustomKeyStoresResponse> run(Attempt attempt, DescribeCustomKeyStoresRequest in) {
        Call call = attempt.call();
        if (in.customKeyStoreId().isPresent() && in.customKeyStoreName().isPresent()) {
            throw KmsErrors.invalid("Specify either CustomKeyStoreId or CustomKeyStoreName, not both.");
        }
        permissions.demandOfCaller(attempt, call.action(), Optional.empty(), Permissions.NOTHING_MORE);
        Optional<String> wanted = in.customKeyStoreId().or(in::customKeyStoreName);
        Pages pages = Pages.of(call, wanted.orElse(""), in.limit(), LIMIT_DEFAULT, LIMIT_MAX, in.marker());
        String prefix = CustomKeyStore.rowKey(call.account(), call.region(), "");
        List<CustomKeyStore> found = new ArrayList<>();
        for (State.Row<CustomKeyStore> row : attempt.state()
                .scan(CustomKeyStore.TABLE, prefix, pages.after().isEmpty() ? "" : prefix + pages.after())) {
            CustomKeyStore store = row.value();
            if (in.customKeyStoreId().filter(id -> !id.equals(store.id())).isEmpty()
                    && in.customKeyStoreName()
                            .filter(name -> !name.equals(store.name()))
                            .isEmpty()) {
                found.add(store);
            }
        }
        if (wanted.isPresent() && found.isEmpty()) {
            throw KeyStoreErrors.notFound(wanted.get());
        }
        Pages.Page<CustomKeyStore> page = pages.take(found, CustomKeyStore::id);
        return Effect.of(DescribeCustomKeyStoresResponse.builder()
                .customKeyStores(page.items().stream().map(this::entry).toList())
                .truncated(page.truncated())
                .nextMarker(page.nextMarker())
                .build());
    }

    private CustomKeyStoresListEntry entry(CustomKeyStore store) {
        CustomKeyStoresListEntry.Builder entry = CustomKeyStoresListEntry.builder()
                .customKeyStoreId(store.id())
                .customKeyStoreName(store.name())
                .creationDate(store.created())
                .connectionState(ConnectionStateType.valueOf(store.connection().name()))
                .connectionErrorCode(store.error().map(error -> ConnectionErrorCodeType.valueOf(error.name())));
        return switch (store.backend()) {
            case CustomKeyStore.Cluster cluster ->
                entry.customKeyStoreType(CustomKeyStoreType.AWS_CLOUDHSM)
                        .cloudHsmClusterId(cluster.clusterId())
                        .trustAnchorCertificate(cluster.trustAnchor())
                        .build();
            case CustomKeyStore.Proxy proxy ->
                entry.customKeyStoreType(CustomKeyStoreType.EXTERNAL_KEY_STORE)
                        .xksProxyConfiguration(XksProxyConfigurationType.builder()
                                .connectivity(XksProxyConnectivityType.PUBLIC_ENDPOINT)
                                .accessKeyId(stores.accessKeyId(store))
                                .uriEndpoint(proxy.endpoint())
                                .uriPath(proxy.path())
                                .build())
                        .build();
        };
    }

    private static Optional<Facts> shown(DescribeCustomKeyStoresRequest in) {
        Facts facts = Facts.facts()
                .put("customKeyStoreId", in.customKeyStoreId())
                .put("customKeyStoreName", in.customKeyStoreName());
        Pages.show(facts, in.limit(), in.marker());
        return Rows.shown(facts);
    }
}
