package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.wire.shape.kms.DisconnectCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.DisconnectCustomKeyStoreResponse;
import java.util.Optional;

/** DisconnectCustomKeyStore: from its answer on, the store's keys are unavailable. A job ends the connection itself. */
final class DisconnectCustomKeyStore {
    private final StoreCare care;

    DisconnectCustomKeyStore(StoreCare care) {
        this.care = care;
    }

    Operation<DisconnectCustomKeyStoreRequest, DisconnectCustomKeyStoreResponse> row() {
        return Rows.changing(
                "DisconnectCustomKeyStore",
                DisconnectCustomKeyStoreRequest.class,
                DisconnectCustomKeyStoreResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("customKeyStoreId", in.customKeyStoreId())));
    }

    private Effect<DisconnectCustomKeyStoreResponse> run(Attempt attempt, DisconnectCustomKeyStoreRequest in) {
        CustomKeyStore store = care.ready(attempt, in.customKeyStoreId());
        switch (store.connection()) {
            case DISCONNECTED, DISCONNECTING -> throw KeyStoreErrors.wrongState(store, "It need not be disconnected.");
            case CONNECTED, CONNECTING, FAILED -> {}
        }
        return Effect.of(
                DisconnectCustomKeyStoreResponse.builder().build(),
                Change.put(CustomKeyStore.TABLE, store.rowKey(), store.with(Connection.DISCONNECTING)),
                Change.put(CustomKeyStore.PENDING, store.rowKey(), Connection.DISCONNECTING.name()));
    }
}
