package dev.keytrail.kms;

import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Job;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.kms.key.Due;
import dev.keytrail.kms.key.Imports;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.Material;
import dev.keytrail.kms.key.Materials;
import dev.keytrail.kms.key.Rotations;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Deletes imported material that has expired, and tells of each in an event DeleteExpiredKeyMaterial. */
final class KeyMaterialExpiry implements Job {
    private final Materials materials;

    KeyMaterialExpiry(Materials materials) {
        this.materials = materials;
    }

    @Override
    public String name() {
        return "kms key material expiry";
    }

    @Override
    public Optional<Work> next(State state, Instant now) {
        return Due.first(state, Due.EXPIRIES, now).map(first -> work(state, first, now));
    }

    private Work work(State state, State.Row<Due> first, Instant now) {
        Due due = first.value();
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Change.delete(Due.EXPIRIES, first.key()));
        List<ServiceEvent> events = new ArrayList<>();
        state.get(Key.TABLE, Key.rowKey(due.account(), due.region(), due.keyId()))
                .ifPresent(key -> expire(key, now, changes, events));
        return new Work(changes, events);
    }

    private void expire(Key key, Instant now, List<Change<?>> changes, List<ServiceEvent> events) {
        List<Material> expired = Imports.expired(key, now);
        if (expired.isEmpty()) {
            return;
        }
        materials.forget(key);
        Key left = key;
        for (Material material : expired) {
            left = Imports.emptied(left, material);
            events.add(Rotations.event(
                    "DeleteExpiredKeyMaterial",
                    key,
                    Optional.empty(),
                    Optional.of(Facts.facts().put("keyId", key.id()).put("keyMaterialId", material.id()))));
        }
        changes.add(Change.put(Key.TABLE, left.rowKey(), left));
    }
}
