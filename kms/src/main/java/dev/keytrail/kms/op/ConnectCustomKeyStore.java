package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.wire.shape.kms.ConnectCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.ConnectCustomKeyStoreResponse;
import java.util.Optional;

/** ConnectCustomKeyStore: answers at once; a job makes the connection and the store's state tells how that went. */
final class ConnectCustomKeyStore {
    private final StoreCare care;
    private final KeyStores stores;

    ConnectCustomKeyStore(StoreCare care, KeyStores stores) {
        this.care = care;
        this.stores = stores;
    }

    Operation<ConnectCustomKeyStoreRequest, ConnectCustomKeyStoreResponse> row() {
        return Rows.changing(
                "ConnectCustomKeyStore",
                ConnectCustomKeyStoreRequest.class,
                ConnectCustomKeyStoreResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("customKeyStoreId", in.customKeyStoreId())));
    }

    private Effect<ConnectCustomKeyStoreResponse> run(Attempt attempt, ConnectCustomKeyStoreRequest in) {
        CustomKeyStore store = care.ready(attempt, in.customKeyStoreId());
        ConnectCustomKeyStoreResponse done =
                ConnectCustomKeyStoreResponse.builder().build();
        switch (store.connection()) {
            case CONNECTED, CONNECTING -> {
                return Effect.of(done);
            }
            case FAILED, DISCONNECTING -> throw KeyStoreErrors.wrongState(store, "Disconnect it first.");
            case DISCONNECTED -> {}
        }
        stores.demandConfigured(store);
        return Effect.of(
                done,
                Change.put(CustomKeyStore.TABLE, store.rowKey(), store.with(Connection.CONNECTING)),
                Change.put(CustomKeyStore.PENDING, store.rowKey(), Connection.CONNECTING.name()));
    }
}
