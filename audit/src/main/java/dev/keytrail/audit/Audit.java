package dev.keytrail.audit;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.op.LookupEvents;
import dev.keytrail.audit.op.Permit;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.List;

/** The room's door: records of calls, the CloudTrail operations, delivery of trails. */
public final class Audit {
    private final Recorder recorder;
    private final List<Operation<?, ?>> rows;

    private Audit(Recorder recorder, List<Operation<?, ?>> rows) {
        this.recorder = recorder;
        this.rows = rows;
    }

    /** What the room needs of others. */
    public record Parts(
            Entropy entropy, HistoryIndex history, Authorizer authorizer, PrincipalPolicies policies, Vault vault) {}

    /** The state rows of this room; a store must know them before it opens. */
    public static List<Table<?>> tables() {
        return List.of();
    }

    public static Audit open(Parts parts, AuditSettings settings) {
        Permit permit = new Permit(parts.authorizer(), parts.policies());
        return new Audit(
                new Recorder(parts.entropy()),
                List.of(new LookupEvents(parts.history(), permit, parts.vault(), settings.historyRetention()).row()));
    }

    public Recorder recorder() {
        return recorder;
    }

    /** The CloudTrail operations. */
    public List<Operation<?, ?>> rows() {
        return rows;
    }
}
