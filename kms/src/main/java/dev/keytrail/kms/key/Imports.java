package dev.keytrail.kms.key;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.State;
import dev.keytrail.crypto.WrappedMaterial;
import dev.keytrail.kms.key.Material.Imported;
import dev.keytrail.kms.key.Material.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Imported material comes and goes (kms.md section 10). A place in a key's list, once taken, stays: what is gone can be
 * imported again, and nothing else into its place. In a multi-Region set the primary's list is everybody's: new material
 * comes to the primary, and each replica imports what its primary has.
 */
public final class Imports {
    private Imports() {}

    /**
     * Material on its way in.
     *
     * @param asNew the importer says that the key does not have it yet
     * @param publicKey present for key pairs
     */
    public record Arrival(WrappedMaterial wrapped, Optional<Bytes> publicKey, Imported said, boolean asNew) {}

    /** @throws dev.keytrail.call.Refused IncorrectKeyMaterialException or KMSInvalidStateException */
    public static List<Change<?>> accept(State state, Key key, Arrival arrival) {
        Optional<RelatedKeys> related = RelatedKeys.of(state, key);
        Optional<Material> known = key.material(arrival.wrapped().id());
        if (arrival.asNew()) {
            if (related.filter(set -> !set.isPrimary(key)).isPresent()) {
                throw KmsErrors.notPrimary(key);
            }
            if (known.filter(material -> material.standing().isLasting()).isPresent()) {
                throw KmsErrors.incorrectMaterial("The key material is associated with the key already.");
            }
        } else if (known.isEmpty()) {
            throw KmsErrors.incorrectMaterial("The key material is none that is associated with the key.");
        }
        List<Key> keys = new ArrayList<>();
        Key filled;
        if (known.isPresent()) {
            filled = refilled(key, known.get().withImport(arrival.wrapped(), arrival.said()));
        } else {
            Material added = new Material(
                    arrival.wrapped(), standing(key, related, arrival), Optional.empty(), Optional.of(arrival.said()));
            filled = added(key, added, arrival.publicKey());
            related.ifPresent(set -> set.replicaRegions()
                    .forEach(region -> keys.add(added(set.in(state, region), added.emptied(), arrival.publicKey()))));
        }
        keys.addFirst(filled);
        List<Change<?>> changes = new ArrayList<>();
        readied(state, keys, related, arrival.wrapped().id()).forEach(changed -> changes.add(put(completed(changed))));
        arrival.said().validTo().ifPresent(date -> {
            Due due = Due.of(key, date);
            changes.add(Change.put(Due.EXPIRIES, due.rowKey(), due));
        });
        return changes;
    }

    /**
     * Material is deleted by its owner. What only waits in a primary goes from its replicas too; what a replica has goes
     * from that one alone.
     *
     * @return the keys that are changed by it, the one meant first
     */
    public static List<Key> deleted(State state, Key key, Material gone) {
        List<Key> changed = new ArrayList<>();
        changed.add(emptied(key, gone));
        if (gone.standing().isLasting()) {
            return changed;
        }
        RelatedKeys.of(state, key)
                .filter(set -> set.isPrimary(key))
                .ifPresent(set -> set.replicaRegions().stream()
                        .map(region -> set.in(state, region))
                        .forEach(replica -> replica.material(gone.id())
                                .filter(Material::isPresent)
                                .ifPresent(copy -> changed.add(emptied(replica, copy)))));
        return changed;
    }

    /** The bytes go, the place stays. */
    public static Key emptied(Key key, Material gone) {
        Key emptied = refilled(key, gone.emptied());
        boolean needed = gone.standing().isLasting();
        return needed && (key.state() == KeyState.ENABLED || key.state() == KeyState.DISABLED)
                ? emptied.withState(KeyState.PENDING_IMPORT)
                : emptied;
    }

    /** Whether something of this key's material must go by {@code now}. */
    public static List<Material> expired(Key key, Instant now) {
        return key.materials().stream()
                .filter(material -> material.isExpired(now))
                .toList();
    }

    private static Standing standing(Key key, Optional<RelatedKeys> related, Arrival arrival) {
        if (key.materials().stream().noneMatch(material -> material.standing().isLasting())) {
            return Standing.CURRENT;
        }
        if (key.spec() != KeySpec.SYMMETRIC_DEFAULT) {
            throw KmsErrors.incorrectMaterial("The key can have no other key material than its first.");
        }
        for (Material material : key.materials()) {
            if (!material.standing().isLasting() && material.isPresent()) {
                throw KmsErrors.alreadyPending(key, arrival.wrapped().id(), material.id());
            }
        }
        return related.filter(set -> !set.replicaRegions().isEmpty()).isPresent()
                ? Standing.PENDING_MULTI_REGION_IMPORT_AND_ROTATION
                : Standing.PENDING_ROTATION;
    }

    /** New material takes the place of one that waited, never became current and was deleted. */
    private static Key added(Key key, Material added, Optional<Bytes> publicKey) {
        List<Material> materials = new ArrayList<>(key.materials());
        materials.removeIf(material -> !material.standing().isLasting() && !material.isPresent());
        materials.add(added);
        return key.withMaterials(materials, publicKey.or(key::publicKey));
    }

    private static Key refilled(Key key, Material material) {
        return key.withMaterials(key.materials().stream()
                .map(old -> old.id().equals(material.id()) ? material : old)
                .toList());
    }

    /** Material that waits for replicas is ready to rotate to once the last of them has it. */
    private static List<Key> readied(State state, List<Key> keys, Optional<RelatedKeys> related, String materialId) {
        Key key = keys.getFirst();
        Standing waiting = Standing.PENDING_MULTI_REGION_IMPORT_AND_ROTATION;
        if (related.isEmpty() || key.material(materialId).orElseThrow().standing() != waiting) {
            return keys;
        }
        List<Key> all = new ArrayList<>();
        for (String region : related.get().regions()) {
            all.add(keys.stream()
                    .filter(changed -> changed.region().equals(region))
                    .findFirst()
                    .orElseGet(() -> related.get().in(state, region)));
        }
        boolean everywhere = all.stream()
                .allMatch(one ->
                        one.material(materialId).filter(Material::isPresent).isPresent());
        return everywhere
                ? all.stream()
                        .map(one -> refilled(
                                one, one.material(materialId).orElseThrow().withStanding(Standing.PENDING_ROTATION)))
                        .toList()
                : keys;
    }

    private static Key completed(Key key) {
        return key.state() == KeyState.PENDING_IMPORT && key.isComplete() ? key.withState(KeyState.ENABLED) : key;
    }

    private static Change<Key> put(Key key) {
        return Change.put(Key.TABLE, key.rowKey(), key);
    }
}
