package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.kms.key.Backing;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyOrigin;
import dev.keytrail.kms.key.KeySpec;
import dev.keytrail.kms.key.KeyStoreErrors;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.store.KeyStores;
import dev.keytrail.wire.shape.kms.CreateKeyRequest;
import java.util.List;

/** CreateKey's part for custom key stores: which members go together, and what a new key's store has to do. Thread-safe. */
final class StoredKeys {
    private final KeyStores stores;

    StoredKeys(KeyStores stores) {
        this.stores = stores;
    }

    /** A key in its place, and what else changes with it. */
    record Placed(Key key, List<Change<?>> changes) {
        Placed {
            changes = List.copyOf(changes);
        }
    }

    /** @throws dev.keytrail.call.Refused ValidationException or UnsupportedOperationException */
    static void demandConsistent(CreateKeyRequest in, KeyOrigin origin, KeySpec spec) {
        boolean inStore = origin == KeyOrigin.AWS_CLOUDHSM || origin == KeyOrigin.EXTERNAL_KEY_STORE;
        if (!inStore) {
            if (in.customKeyStoreId().isPresent()) {
                throw KmsErrors.invalid(
                        "CustomKeyStoreId is valid only with the origin AWS_CLOUDHSM or" + " EXTERNAL_KEY_STORE.");
            }
            if (in.xksKeyId().isPresent()) {
                throw KmsErrors.invalid("XksKeyId is valid only with the origin EXTERNAL_KEY_STORE.");
            }
            return;
        }
        if (spec != KeySpec.SYMMETRIC_DEFAULT) {
            throw KmsErrors.unsupported("KeySpec " + spec + " is not supported in a custom key store.");
        }
        if (in.multiRegion().orElse(false)) {
            throw KmsErrors.unsupported("Multi-Region keys are not supported in a custom key store.");
        }
        if (in.customKeyStoreId().isEmpty()) {
            throw KmsErrors.invalid("CustomKeyStoreId is required with the origin " + origin + ".");
        }
        if (in.xksKeyId().isPresent() != (origin == KeyOrigin.EXTERNAL_KEY_STORE)) {
            throw KmsErrors.invalid(
                    in.xksKeyId().isPresent()
                            ? "XksKeyId is valid only with the origin EXTERNAL_KEY_STORE."
                            : "XksKeyId is required with the origin EXTERNAL_KEY_STORE.");
        }
        if (in.xksKeyId().filter(id -> id.equals(".") || id.equals("..")).isPresent()) {
            // It becomes a part of the proxy's URI path, where these two mean something else.
            throw KmsErrors.invalid("XksKeyId must not be a dot or two dots.");
        }
    }

    /** Puts a new key into its store, if it has one: the store is asked whether it can serve. */
    Placed place(Attempt attempt, CreateKeyRequest in, Key key) {
        if (in.customKeyStoreId().isEmpty()) {
            return new Placed(key, List.of());
        }
        CustomKeyStore store = StoreCare.find(attempt, in.customKeyStoreId().get());
        boolean external = key.origin() == KeyOrigin.EXTERNAL_KEY_STORE;
        if (external != store.proxy().isPresent()) {
            throw KmsErrors.unsupported(
                    "The custom key store " + store.id() + " has no keys of the origin " + key.origin() + ".");
        }
        StoreCare.demandConnected(store);
        long count =
                attempt.state().get(CustomKeyStore.KEY_COUNTS, store.rowKey()).orElse(0L);
        Change<?> counted = Change.put(CustomKeyStore.KEY_COUNTS, store.rowKey(), count + 1);
        if (!external) {
            Key made = key.keptIn(stores.makeTokenKey(attempt, store));
            KeyStores.creationFacts(made).ifPresent(attempt.notes()::additional);
            return new Placed(made, List.of(counted));
        }
        String externalKeyId = in.xksKeyId().orElseThrow();
        String taken = CustomKeyStore.externalKeyRow(store.account(), store.region(), store.id(), externalKeyId);
        if (attempt.state().get(CustomKeyStore.EXTERNAL_KEYS, taken).isPresent()) {
            throw KeyStoreErrors.externalKeyInUse(externalKeyId);
        }
        stores.demandUsableKey(attempt, store, externalKeyId);
        return new Placed(
                key.keptIn(new Backing(store.id(), new Backing.ExternalKey(externalKeyId))),
                List.of(counted, Change.put(CustomKeyStore.EXTERNAL_KEYS, taken, key.id())));
    }
}
