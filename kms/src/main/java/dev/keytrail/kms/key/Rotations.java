package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Resource;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes other material a key's current one, in all of its Regions at once, with the events that tell of it. */
public final class Rotations {
    /** Fixed by AWS (kms.md section 9). */
    public static final int ON_DEMAND_MAX = 25;

    private Rotations() {}

    /** What a rotation comes to. */
    public record Done(List<Change<?>> changes, List<ServiceEvent> events) {}

    /** @param next new material, or one of the key's that waits; it is in every Region already, or goes there now */
    public static Done rotate(State state, Key key, Material next, Material.Rotated how) {
        List<Change<?>> changes = new ArrayList<>();
        List<ServiceEvent> events = new ArrayList<>();
        changes.add(put(key.rotatedTo(next, how)));
        events.add(event("RotateKey", key, Optional.empty(), Optional.of(details(key, next, how))));
        RelatedKeys.of(state, key).ifPresent(related -> {
            for (String region : related.replicaRegions()) {
                Key replica = related.in(state, region);
                changes.add(put(replica.rotatedTo(next, how)));
                events.add(synchronised(replica));
            }
        });
        return new Done(changes, events);
    }

    /** A replica has taken over what its primary shares. */
    public static ServiceEvent synchronised(Key replica) {
        return event(
                "SynchronizeMultiRegionKey",
                replica,
                Optional.of(Facts.facts().put("keyId", replica.arn())),
                Optional.empty());
    }

    /** Every replica of a primary has taken over a change of what they share; none for other keys. */
    public static List<ServiceEvent> synchronised(State state, Key primary) {
        return RelatedKeys.of(state, primary).filter(set -> set.isPrimary(primary)).stream()
                .flatMap(set -> set.replicaRegions().stream().map(region -> synchronised(set.in(state, region))))
                .toList();
    }

    public static long onDemand(Key key) {
        return key.materials().stream()
                .flatMap(material -> material.rotated().stream())
                .filter(how -> how.type() == Material.RotationType.ON_DEMAND)
                .count();
    }

    private static Change<Key> put(Key key) {
        return Change.put(Key.TABLE, key.rowKey(), key);
    }

    private static Facts details(Key key, Material next, Material.Rotated how) {
        return Facts.facts()
                .put("rotationType", how.type().name())
                .put("keyOrigin", key.origin().name())
                .put("previousKeyMaterialId", key.currentMaterial().map(Material::id))
                .put("currentKeyMaterialId", next.id())
                .put("keyId", key.id());
    }

    /** Something the service did to a key by itself. */
    public static ServiceEvent event(String name, Key key, Optional<Facts> response, Optional<Facts> details) {
        return new ServiceEvent(
                Service.KMS,
                name,
                key.account(),
                key.region(),
                List.of(new Resource(key.account(), Key.RESOURCE_TYPE, key.arn())),
                response,
                Optional.empty(),
                details);
    }
}
