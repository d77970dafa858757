package dev.keytrail.sim;

import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.sim.Scenario.Defect;
import dev.keytrail.testkit.ForwardingLedger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Stands between one life of the house and its ledger: refuses, loses races, lets others be faster, dies before or after
 * a commit. Also where defects are planted. One thread, but for reads.
 */
final class SimLedger extends ForwardingLedger {
    /** What happens to the next commit. */
    enum Fault {
        NONE,
        REFUSED,
        CONFLICT,
        KILLED_BEFORE,
        KILLED_AFTER
    }

    /** The process dies here: no code of the house runs any more. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** A defect is planted at this commit or the first one after it that it can show on. */
    static final int DEFECT_FROM = 25;

    private Defect defect;
    private int commits;
    private Fault fault = Fault.NONE;
    private boolean outage;
    private @Nullable Runnable faster;
    /** How many records each commit of this life has had, in their order. */
    private final List<Integer> sizes = new ArrayList<>();

    private int skipped;
    private @Nullable Runnable later;
    private boolean dead;

    SimLedger(Ledger real, Defect defect) {
        super(real);
        this.defect = defect;
    }

    void next(Fault wanted) {
        fault = wanted;
    }

    /** Every commit is refused until told otherwise. */
    void outage(boolean now) {
        outage = now;
    }

    /** Runs between the next decision and its commit. */
    void race(Runnable other) {
        faster = other;
    }

    /** Runs right before a commit, which may be meant to die by it; so many others come first. */
    void before(int commitsFirst, Runnable what) {
        skipped = commitsFirst;
        later = what;
    }

    List<Integer> sizes() {
        return List.copyOf(sizes);
    }

    /** Forgets what was armed and has not come about. */
    void disarm() {
        fault = Fault.NONE;
        faster = null;
    }

    boolean isDead() {
        return dead;
    }

    /** Whether the planted defect has been committed. */
    boolean hasErred() {
        return defect == Defect.NONE;
    }

    @Override
    public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
        Runnable what = later;
        if (what != null && skipped-- == 0) {
            later = null;
            what.run();
        }
        sizes.add(records.size());
        Runnable other = faster;
        faster = null;
        if (other != null) {
            other.run();
        }
        Fault now = fault;
        fault = Fault.NONE;
        if (dead) {
            throw new Killed();
        }
        if (outage || now == Fault.REFUSED) {
            throw new LedgerUnavailable("simulated");
        }
        if (now == Fault.CONFLICT) {
            throw new Conflict("simulated");
        }
        if (now == Fault.KILLED_BEFORE) {
            dead = true;
            throw new Killed();
        }
        long index = ++commits >= DEFECT_FROM && defect != Defect.NONE
                ? err(basis, changes, records, other != null)
                : real.commit(basis, changes, records);
        if (now == Fault.KILLED_AFTER) {
            dead = true;
            throw new Killed();
        }
        return index;
    }

    private long err(State basis, List<Change<?>> changes, List<LedgerRecord> records, boolean raced) {
        boolean fits = switch (defect) {
            case NONE, SYNC_LIES, HISTORY_HIDES -> false;
            case FORGETS_RECORD, RECORDS_TWICE -> !records.isEmpty();
            case CHANGES_UNRECORDED, RECORDS_UNCHANGED, ACKNOWLEDGES_LOST, REFUSES_LANDED ->
                !records.isEmpty() && !changes.isEmpty();
            case IGNORES_RACES -> raced;
        };
        if (!fits) {
            return real.commit(basis, changes, records);
        }
        Defect planted = defect;
        List<LedgerRecord> altered = new ArrayList<>(records);
        switch (planted) {
            case FORGETS_RECORD -> altered.removeLast();
            case RECORDS_TWICE -> altered.add(records.getLast());
            default -> {}
        }
        if (planted != Defect.IGNORES_RACES) {
            defect = Defect.NONE;
        }
        return switch (planted) {
            case FORGETS_RECORD, RECORDS_TWICE -> real.commit(basis, changes, altered);
            case CHANGES_UNRECORDED -> real.commit(basis, changes, List.of());
            case RECORDS_UNCHANGED -> real.commit(basis, List.of(), records);
            case ACKNOWLEDGES_LOST -> real.end();
            case REFUSES_LANDED -> {
                real.commit(basis, changes, records);
                throw new LedgerUnavailable("simulated");
            }
            case IGNORES_RACES -> real.commit(real.read(), changes, records);
            case NONE, SYNC_LIES, HISTORY_HIDES -> throw new IllegalStateException("unreachable");
        };
    }
}
