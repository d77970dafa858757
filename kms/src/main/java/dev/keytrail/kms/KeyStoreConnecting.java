package dev.keytrail.kms;

import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Job;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.CustomKeyStore.Connection;
import dev.keytrail.kms.store.KeyStores;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * Makes and ends the connections of custom key stores, one a step; AWS has no event for either's outcome. Waits on
 * another machine, for a bounded time, on a thread that has nothing else to do.
 */
final class KeyStoreConnecting implements Job {
    private final KeyStores stores;
    private final Entropy entropy;

    KeyStoreConnecting(KeyStores stores, Entropy entropy) {
        this.stores = stores;
        this.entropy = entropy;
    }

    @Override
    public String name() {
        return "kms key stores";
    }

    @Override
    public Optional<Work> next(State state, Instant now) {
        Iterator<State.Row<String>> pending =
                state.scan(CustomKeyStore.PENDING, "", "").iterator();
        if (!pending.hasNext()) {
            return Optional.empty();
        }
        // A scan is not part of what the commit is held against; the store's row is.
        String row = pending.next().key();
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.delete(CustomKeyStore.PENDING, row));
        state.get(CustomKeyStore.TABLE, row)
                .flatMap(store -> settled(store, now))
                .ifPresent(store -> changes.add(Change.put(CustomKeyStore.TABLE, row, store)));
        return Optional.of(new Work(changes, List.of()));
    }

    private Optional<CustomKeyStore> settled(CustomKeyStore store, Instant now) {
        return switch (store.connection()) {
            case CONNECTING -> Optional.of(stores.connected(store, entropy.uuid(), now));
            case DISCONNECTING -> {
                stores.disconnected(store);
                yield Optional.of(store.with(Connection.DISCONNECTED));
            }
            case CONNECTED, FAILED, DISCONNECTED -> Optional.empty();
        };
    }
}
