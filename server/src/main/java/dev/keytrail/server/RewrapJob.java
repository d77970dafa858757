package dev.keytrail.server;

import dev.keytrail.call.Change;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Job;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Service;
import dev.keytrail.call.ServiceEvent;
import dev.keytrail.call.State;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.custody.Custody;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * After a rotation of the root key: wraps every secret of the state anew, some hundred rows a commit, and retires the old root
 * key once nothing can need it any more. May be stopped anywhere; a later start goes through all rows again.
 */
final class RewrapJob implements Job {
    private static final int ROWS_PER_COMMIT = 500;

    /** Sessions live 36 hours at most, and their tokens are sealed under the root key of their beginning. */
    static final Duration RETIREMENT = Duration.ofHours(37);

    private final Custodian custodian;
    private final Vault vault;
    private final List<Rewrapping<?>> rewrappings;

    /** Where the pass through all rows is. One thread. */
    private int table;

    private String after = "";

    RewrapJob(Custodian custodian, Vault vault, List<Rewrapping<?>> rewrappings) {
        this.custodian = custodian;
        this.vault = vault;
        this.rewrappings = List.copyOf(rewrappings);
    }

    @Override
    public String name() {
        return "root key";
    }

    @Override
    public Optional<Work> next(State state, Instant now) {
        Optional<Custody> row = Custody.find(state);
        Optional<Custody.Rotation> rotation = row.flatMap(Custody::rotation);
        if (rotation.isEmpty() || !custodian.isInForce(row.get())) {
            return Optional.empty();
        }
        boolean retiring = !now.isBefore(rotation.get().at().plus(RETIREMENT));
        if (rotation.get().rewrapped() && !retiring) {
            return Optional.empty();
        }
        // A row made under the old key and committed late is found by the pass before the retirement.
        List<Change<?>> changes = portion(state);
        if (!changes.isEmpty()) {
            return Optional.of(work(changes, "RewrapSecrets", row.get(), changes.size()));
        }
        if (!retiring) {
            Custody done = row.get()
                    .withRotation(
                            Optional.of(new Custody.Rotation(rotation.get().at(), true)));
            return Optional.of(work(List.of(put(done)), "FinishRewrapping", row.get(), 0));
        }
        return Optional.of(work(List.of(put(custodian.retire(row.get()))), "RetireRootKey", row.get(), 0));
    }

    private static Change<?> put(Custody row) {
        return Change.put(Custody.TABLE, Custody.ROW, row);
    }

    private static Work work(List<Change<?>> changes, String event, Custody row, int rows) {
        Facts details = Facts.facts().put("rootKeyGeneration", (long) row.generation());
        if (rows > 0) {
            details.put("rows", (long) rows);
        }
        return new Work(changes, List.of(event(event, details)));
    }

    /** Something that custody did by itself, in the operator's ledger account. */
    static ServiceEvent event(String name, Facts details) {
        return new ServiceEvent(
                Service.KEYTRAIL,
                name,
                LedgerRecord.OPERATOR_ACCOUNT,
                "us-east-1",
                List.of(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(details));
    }

    /** Empty once a whole pass has found nothing: a lost race leaves rows behind the place where the pass is. */
    private List<Change<?>> portion(State state) {
        List<Change<?>> changes = new ArrayList<>();
        boolean whole = false;
        while (!whole && changes.isEmpty()) {
            whole = table == 0 && after.isEmpty();
            while (table < rewrappings.size()) {
                if (!collect(state, rewrappings.get(table), changes)) {
                    return changes;
                }
                table++;
                after = "";
            }
            table = 0;
        }
        return changes;
    }

    /** False when the portion is full. */
    private <T> boolean collect(State state, Rewrapping<T> rewrapping, List<Change<?>> changes) {
        for (State.Row<T> row : state.scan(rewrapping.table(), "", after)) {
            after = row.key();
            if (rewrapping.row().renewed(vault, row.value()).isPresent()) {
                rewrapping.change(vault, state, row.key()).ifPresent(changes::add);
                if (changes.size() == ROWS_PER_COMMIT) {
                    return false;
                }
            }
        }
        return true;
    }
}
