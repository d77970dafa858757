package dev.keytrail.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Commits that share one write. Built by the committer; then settled once, as a whole, either durable by the committer
 * or abandoned by whoever finds that the disk takes too long.
 */
final class Batch {
    private enum State {
        OPEN,
        DURABLE,
        ABANDONED
    }

    private final List<Commit> commits = new ArrayList<>();
    private final List<Commit> losers = new ArrayList<>();
    private final List<Rows.RowName> lostRows = new ArrayList<>();
    private final Map<Rows.RowName, Rows.Prepared<?>> ahead = new HashMap<>();
    private final AtomicReference<State> state = new AtomicReference<>(State.OPEN);
    private int payloadBytes;
    private int records;

    /** Takes the commit in if all that it read still stands, earlier commits of this batch included. */
    void add(Commit commit) {
        Optional<Rows.RowName> changed = commit.basis.changed(ahead);
        if (changed.isPresent()) {
            losers.add(commit);
            lostRows.add(changed.get());
            return;
        }
        for (Rows.Prepared<?> change : commit.changes) {
            ahead.put(change.name(), change);
        }
        commits.add(commit);
        payloadBytes += commit.payload().length;
        records += commit.records.size();
    }

    List<Commit> commits() {
        return commits;
    }

    int size() {
        return commits.size() + losers.size();
    }

    int payloadBytes() {
        return payloadBytes;
    }

    int records() {
        return records;
    }

    /** The tick of the commit that has waited longest. */
    int oldestTick() {
        int oldest = Integer.MAX_VALUE;
        for (Commit commit : commits) {
            oldest = Math.min(oldest, commit.tick);
        }
        return oldest;
    }

    boolean settleDurable() {
        return state.compareAndSet(State.OPEN, State.DURABLE);
    }

    /** True for the one call that abandons it; all its commits are then refused. */
    boolean abandon(String reason) {
        if (!state.compareAndSet(State.OPEN, State.ABANDONED)) {
            return false;
        }
        refuse(reason);
        return true;
    }

    /** Tells every caller that the ledger is unavailable. */
    void refuse(String reason) {
        Commit.Outcome unavailable = new Commit.Outcome.Unavailable(reason);
        commits.forEach(commit -> commit.settle(unavailable));
        losers.forEach(commit -> commit.settle(unavailable));
    }

    boolean isAbandoned() {
        return state.get() == State.ABANDONED;
    }

    /** Tells the losers. Only now: what beat them is published, so that they decide on fresh state. */
    void releaseLosers() {
        for (int i = 0; i < losers.size(); i++) {
            losers.get(i).settle(new Commit.Outcome.Lost(lostRows.get(i).toString()));
        }
    }
}
