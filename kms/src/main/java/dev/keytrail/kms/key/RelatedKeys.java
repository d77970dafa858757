package dev.keytrail.kms.key;

import dev.keytrail.call.Change;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A multi-Region key's primary and replicas, in {@code kms.multi-region} under {@code account/global/id}: which of them
 * exist, in whatever state. One row for all, so that no two changes of the set pass each other.
 *
 * @param regions where it has a key, the primary's included, in order of creation
 * @param pendingWindowDays the waiting period of a primary that waits for its replicas to go
 */
public record RelatedKeys(
        String account, String keyId, String primaryRegion, List<String> regions, Optional<Integer> pendingWindowDays) {
    public static final Table<RelatedKeys> TABLE = new Table<>(
            "kms.multi-region",
            RowCodec.of(
                    (related, out) -> out.version(1)
                            .text(related.account)
                            .text(related.keyId)
                            .text(related.primaryRegion)
                            .texts(related.regions)
                            .optional(related.pendingWindowDays, (days, to) -> to.number(days)),
                    in -> {
                        in.version(1);
                        return new RelatedKeys(
                                in.text(), in.text(), in.text(), in.texts(), in.optional(from -> from.integer()));
                    }));

    public RelatedKeys {
        regions = List.copyOf(regions);
    }

    /** Empty for single-Region keys. */
    public static Optional<RelatedKeys> of(State state, Key key) {
        return key.multiRegion() ? state.get(TABLE, rowKey(key.account(), key.id())) : Optional.empty();
    }

    /** A new primary without replicas. */
    public static RelatedKeys first(Key primary) {
        return new RelatedKeys(
                primary.account(), primary.id(), primary.region(), List.of(primary.region()), Optional.empty());
    }

    public static String rowKey(String account, String keyId) {
        return account + "/global/" + keyId;
    }

    public boolean isPrimary(Key key) {
        return key.region().equals(primaryRegion);
    }

    public List<String> replicaRegions() {
        List<String> replicas = new ArrayList<>(regions);
        replicas.remove(primaryRegion);
        return replicas;
    }

    /** A key of the set; none goes without leaving it. */
    public Key in(State state, String region) {
        return state.get(Key.TABLE, Key.rowKey(account, region, keyId))
                .orElseThrow(() -> new IllegalStateException("no key " + keyId + " in " + region));
    }

    public RelatedKeys with(String region) {
        List<String> more = new ArrayList<>(regions);
        more.add(region);
        return new RelatedKeys(account, keyId, primaryRegion, more, pendingWindowDays);
    }

    public RelatedKeys without(String region) {
        List<String> fewer = new ArrayList<>(regions);
        fewer.remove(region);
        return new RelatedKeys(account, keyId, primaryRegion, fewer, pendingWindowDays);
    }

    public RelatedKeys withPrimary(String region) {
        return new RelatedKeys(account, keyId, region, regions, pendingWindowDays);
    }

    public RelatedKeys waiting(Optional<Integer> windowDays) {
        return new RelatedKeys(account, keyId, primaryRegion, regions, windowDays);
    }

    /** A set that has become empty needs no row. */
    public Change<RelatedKeys> put() {
        String rowKey = rowKey(account, keyId);
        return regions.isEmpty() ? Change.delete(TABLE, rowKey) : Change.put(TABLE, rowKey, this);
    }
}
