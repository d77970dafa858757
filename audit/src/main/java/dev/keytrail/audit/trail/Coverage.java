package dev.keytrail.audit.trail;

import dev.keytrail.call.Change;
import dev.keytrail.call.State;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What a trail's progress means for its digests: which files they are to name, which chains begin and end. Gathers the
 * changes for the one commit that also moves the trail's cursor.
 *
 * <p>A multi-Region trail has a chain in its home Region, and in each other Region from that Region's first file on; an
 * organisation trail the latter for each member account too.
 */
final class Coverage {
    private final Feed feed;
    private final Instant now;
    private final SortedMap<String, Chain> before = new TreeMap<>();
    private final SortedMap<String, Chain> chains = new TreeMap<>();
    private final List<Change<?>> changes = new ArrayList<>();

    Coverage(State state, Feed feed, Instant now) {
        this.feed = feed;
        this.now = now.truncatedTo(ChronoUnit.SECONDS);
        List<String> keys = new ArrayList<>();
        state.scan(Trails.CHAINS, feed.key + "/", "").forEach(row -> keys.add(row.key()));
        for (String key : keys) {
            // Read once more one by one, so that a digest written meanwhile makes the commit a conflict.
            state.get(Trails.CHAINS, key).ifPresent(chain -> before.put(Trails.chainFolder(key), chain));
        }
        chains.putAll(before);
    }

    /** From here on the trail is in this epoch. */
    void enter(long number, Epoch epoch) {
        Scope scope = epoch.scope();
        boolean validated = epoch.logging() && scope.validation();
        chains.replaceAll((code, chain) -> {
            Folder folder = Folder.of(code, feed.account);
            boolean wanted = validated
                    && scope.concerns(folder.account(), feed.account)
                    && (scope.multiRegion() || folder.region().equals(feed.homeRegion));
            Chain there = chain.isOpen() && !wanted ? chain.closed() : chain;
            return there.toward(feed.destination());
        });
        if (validated) {
            open(feed.homeRegion, number);
        }
    }

    /**
     * @param folder code of the chain's folder
     * @param number in the trail's count of files
     */
    void cover(String folder, long epoch, long number, CoveredFile file) {
        Chain chain = open(folder, epoch);
        long segment = chain.segments().getLast().number();
        String key = Trails.coveredKey(Trails.chainKey(feed.key, folder), segment, number);
        changes.add(Change.put(Trails.COVERED, key, file));
    }

    /** The trail is no more. */
    void end() {
        chains.replaceAll((_, chain) -> chain.isOpen() ? chain.closed() : chain);
        chains.values().removeIf(chain -> chain.segments().isEmpty());
    }

    private Chain open(String folder, long epoch) {
        Chain chain = Optional.ofNullable(chains.get(folder)).orElseGet(() -> Chain.fresh(feed.destination()));
        Chain open = chain.isOpen() ? chain : chain.opened(new Chain.Segment(epoch, now, false));
        chains.put(folder, open);
        return open;
    }

    /** Files first: whoever sees a chain closed must see all its files. */
    List<Change<?>> changes() {
        List<Change<?>> all = new ArrayList<>(changes);
        for (Map.Entry<String, Chain> entry : chains.entrySet()) {
            if (!entry.getValue().equals(before.get(entry.getKey()))) {
                all.add(Change.put(Trails.CHAINS, Trails.chainKey(feed.key, entry.getKey()), entry.getValue()));
            }
        }
        for (String region : before.keySet()) {
            if (!chains.containsKey(region)) {
                all.add(Change.delete(Trails.CHAINS, Trails.chainKey(feed.key, region)));
            }
        }
        return all;
    }
}
