package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Facts;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.Permissions;

/** The steps that operations on custom key stores share: permission is by the caller's own policies. Thread-safe. */
final class StoreCare {
    private final Permissions permissions;

    StoreCare(Permissions permissions) {
        this.permissions = permissions;
    }

    void demand(Attempt attempt) {
        permissions.demandOfCaller(
                attempt, attempt.call().action(), java.util.Optional.empty(), Permissions.NOTHING_MORE);
    }

    /** Asks for permission, finds the store, notes it for the record. */
    CustomKeyStore ready(Attempt attempt, String id) {
        demand(attempt);
        CustomKeyStore store = find(attempt, id);
        Facts facts = Facts.facts().put("customKeyStoreName", store.name());
        store.cluster().ifPresent(cluster -> facts.put("clusterId", cluster.clusterId()));
        attempt.notes().additional(facts);
        return store;
    }

    /** @throws dev.keytrail.call.Refused CustomKeyStoreNotFoundException */
    static CustomKeyStore find(Attempt attempt, String id) {
        Call call = attempt.call();
        return CustomKeyStore.find(attempt.state(), call.account(), call.region(), id)
                .orElseThrow(() -> KeyStoreErrors.notFound(id));
    }

    /** @throws dev.keytrail.call.Refused CustomKeyStoreInvalidStateException */
    static void demandConnected(CustomKeyStore store) {
        if (store.connection() != Connection.CONNECTED) {
            throw KeyStoreErrors.wrongState(store, "Connect it first.");
        }
    }
}
