package dev.keytrail.kms;

import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Job;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Alias;
import dev.keytrail.kms.key.AliasNames;
import dev.keytrail.kms.key.Backing;
import dev.keytrail.kms.key.CustomKeyStore;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Grants;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyCount;
import dev.keytrail.kms.key.KeyState;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.PolicyPrincipals;
import dev.keytrail.kms.key.RelatedKeys;
import dev.keytrail.kms.key.RotationPlan;
import dev.keytrail.kms.store.KeyStores;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Deletes keys whose waiting period is over: key, material and aliases go, and the event DeleteKey tells of it, in one
 * commit (kms.md section 11). Its grants, which nobody can reach without it, are cleared away in the steps that follow.
 * One key a step; only the first row of {@link Due} is looked at, so a step costs the same however many keys there are.
 */
final class KeyDeletion implements Job {
    private static final int WINDOW_DAYS_DEFAULT = 30;
    private static final int GRANTS_PER_STEP_MAX = 500;

    /**
     * A key in a token is destroyed this long after its date, when no call can be under way any more that keeps it: what is
     * destroyed there cannot be had back, whereas a commit can lose a race.
     */
    private static final Duration TOKEN_GRACE = Duration.ofMinutes(1);

    private final Materials materials;
    private final KeyStores stores;

    KeyDeletion(Materials materials, KeyStores stores) {
        this.materials = materials;
        this.stores = stores;
    }

    @Override
    public String name() {
        return "kms key deletion";
    }

    @Override
    public Optional<Work> next(State state, Instant now) {
        return Due.first(state, Due.TABLE, now).map(first -> work(state, first, now));
    }

    private Work work(State state, State.Row<Due> first, Instant now) {
        Due due = first.value();
        Change<Due> done = Change.delete(Due.TABLE, first.key());
        Optional<Key> key = state.get(Key.TABLE, Key.rowKey(due.account(), due.region(), due.keyId()))
                .filter(found ->
                        found.deletionDate().filter(date -> !date.isAfter(now)).isPresent());
        if (key.isEmpty()) {
            List<Change<?>> changes = leftovers(state, due);
            if (changes.isEmpty()) {
                changes.add(done);
            }
            return new Work(changes, List.of());
        }
        Optional<Instant> later = key.get()
                .backing()
                .flatMap(Backing::tokenKey)
                .flatMap(token -> key.get().deletionDate())
                .map(date -> date.plus(TOKEN_GRACE))
                .filter(date -> date.isAfter(now));
        if (later.isPresent()) {
            Due again = Due.of(key.get(), later.get());
            return new Work(List.of(done, Change.put(Due.TABLE, again.rowKey(), again)), List.of());
        }
        return delete(state, key.get(), now);
    }

    /** Too many for one commit, perhaps: the due row stays until none is left. A key that lives keeps its own. */
    private static List<Change<?>> leftovers(State state, Due due) {
        boolean gone = state.get(Key.TABLE, Key.rowKey(due.account(), due.region(), due.keyId()))
                .isEmpty();
        return gone
                ? Grants.sweep(state, due.account(), due.region(), due.keyId(), GRANTS_PER_STEP_MAX)
                : new ArrayList<>();
    }

    private Work delete(State state, Key key, Instant now) {
        materials.forget(key);
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.delete(Key.TABLE, key.rowKey()));
        changes.add(Change.delete(PolicyPrincipals.TABLE, key.rowKey()));
        changes.add(KeyCount.fewer(state, key));
        for (String name : AliasNames.of(state, key).names()) {
            changes.add(Change.delete(Alias.TABLE, Alias.rowKey(key.account(), key.region(), name)));
        }
        changes.add(AliasNames.NONE.of(key));
        changes.addAll(RotationPlan.unset(state, key));
        key.backing().ifPresent(backing -> leave(state, key, backing, changes));
        RelatedKeys.of(state, key).ifPresent(related -> leave(state, key, related, now, changes));
        return new Work(changes, List.of(event(key, destroy(state, key))));
    }

    /** AWS's example of a token's key that could not be destroyed has no response. */
    private static ServiceEvent event(Key key, Optional<KeyStores.Destroyed> destroyed) {
        boolean left = destroyed.filter(token -> !token.gone()).isPresent();
        return new ServiceEvent(
                Service.KMS,
                "DeleteKey",
                key.account(),
                key.region(),
                List.of(new Resource(key.account(), Key.RESOURCE_TYPE, key.arn())),
                left ? Optional.empty() : Optional.of(Facts.facts().put("keyId", key.arn())),
                destroyed.map(KeyStores.Destroyed::shown).or(() -> KeyStores.lifecycleFacts(key)),
                Optional.empty());
    }

    /** Empty where there is nothing to destroy outside. */
    private Optional<KeyStores.Destroyed> destroy(State state, Key key) {
        return key.backing().flatMap(Backing::tokenKey).map(token -> {
            String storeId = key.backing().orElseThrow().storeId();
            CustomKeyStore store = CustomKeyStore.find(state, key.account(), key.region(), storeId)
                    .orElseThrow(() -> new IllegalStateException("key without its store: " + key.arn()));
            return stores.destroyed(store, key, token);
        });
    }

    /** Its store counts one less, and its external key may be taken by another. */
    private static void leave(State state, Key key, Backing backing, List<Change<?>> changes) {
        String store = CustomKeyStore.rowKey(key.account(), key.region(), backing.storeId());
        long count = state.get(CustomKeyStore.KEY_COUNTS, store).orElse(1L) - 1;
        changes.add(
                count == 0
                        ? Change.delete(CustomKeyStore.KEY_COUNTS, store)
                        : Change.put(CustomKeyStore.KEY_COUNTS, store, count));
        backing.externalKeyId()
                .ifPresent(id -> changes.add(Change.delete(
                        CustomKeyStore.EXTERNAL_KEYS,
                        CustomKeyStore.externalKeyRow(key.account(), key.region(), backing.storeId(), id))));
    }

    /** With the last replica gone, the waiting period of a primary that waits for it begins. */
    private static void leave(State state, Key key, RelatedKeys related, Instant now, List<Change<?>> changes) {
        RelatedKeys left = related.without(key.region());
        boolean last = !related.isPrimary(key) && left.replicaRegions().isEmpty();
        Optional<Key> waiting = Optional.of(related)
                .filter(set -> last)
                .map(set -> set.in(state, set.primaryRegion()))
                .filter(primary -> primary.state() == KeyState.PENDING_REPLICA_DELETION);
        changes.add(waiting.isPresent() ? left.waiting(Optional.empty()).put() : left.put());
        waiting.ifPresent(primary -> {
            Instant date = now.truncatedTo(ChronoUnit.MILLIS)
                    .plus(Duration.ofDays(related.pendingWindowDays().orElse(WINDOW_DAYS_DEFAULT)));
            Due due = Due.of(primary, date);
            changes.add(Change.put(Key.TABLE, primary.rowKey(), primary.pendingDeletion(date)));
            changes.add(Change.put(Due.TABLE, due.rowKey(), due));
        });
    }
}
