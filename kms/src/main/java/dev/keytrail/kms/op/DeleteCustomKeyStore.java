package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.key.KeyStoreBook;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.wire.shape.kms.DeleteCustomKeyStoreRequest;
import dev.keytrail.wire.shape.kms.DeleteCustomKeyStoreResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** DeleteCustomKeyStore: one that is disconnected and has no keys left. What is behind it stays as it is. */
final class DeleteCustomKeyStore {
    private final StoreCare care;

    DeleteCustomKeyStore(StoreCare care) {
        this.care = care;
    }

    Operation<DeleteCustomKeyStoreRequest, DeleteCustomKeyStoreResponse> row() {
        return Rows.changing(
                "DeleteCustomKeyStore",
                DeleteCustomKeyStoreRequest.class,
                DeleteCustomKeyStoreResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("customKeyStoreId", in.customKeyStoreId())));
    }

    private Effect<DeleteCustomKeyStoreResponse> run(Attempt attempt, DeleteCustomKeyStoreRequest in) {
        CustomKeyStore store = care.ready(attempt, in.customKeyStoreId());
        // Making a key writes this row, so none slips in.
        long keys =
                attempt.state().get(CustomKeyStore.KEY_COUNTS, store.rowKey()).orElse(0L);
        if (keys > 0) {
            throw KeyStoreErrors.hasKeys(store.id(), keys);
        }
        if (store.connection() != Connection.DISCONNECTED) {
            throw KeyStoreErrors.wrongState(store, "Disconnect it first.");
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.delete(CustomKeyStore.TABLE, store.rowKey()));
        changes.add(KeyStoreBook.of(attempt.state(), store.account(), store.region())
                .without(store.id())
                .put());
        store.cluster().ifPresent(cluster -> changes.add(Change.delete(CustomKeyStore.CLUSTERS, cluster.clusterId())));
        return Effect.of(DeleteCustomKeyStoreResponse.builder().build(), changes);
    }
}
