package dev.keytrail.audit;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.Retention;
import dev.keytrail.audit.history.RetentionSweep;
import dev.keytrail.audit.insight.InsightJob;
import dev.keytrail.audit.op.Accounts;
import dev.keytrail.audit.op.Administration;
import dev.keytrail.audit.op.CloudTrailRows;
import dev.keytrail.audit.op.DownloadEvents;
import dev.keytrail.audit.op.ExplainEvent;
import dev.keytrail.audit.op.HistoryRetention;
import dev.keytrail.audit.op.LookupEvents;
import dev.keytrail.audit.op.OrganizationRows;
import dev.keytrail.audit.op.Permit;
import dev.keytrail.audit.op.SearchEvents;
import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.audit.trail.Delivery;
import dev.keytrail.audit.trail.DigestDelivery;
import dev.keytrail.audit.trail.NoticeBoard;
import dev.keytrail.audit.trail.NoticeDelivery;
import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.audit.trail.SigningKeys;
import dev.keytrail.audit.trail.Trails;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.Operation;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.Rewrapping;
import dev.keytrail.crypto.Vault;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/** The room's door: records of calls, the CloudTrail operations, delivery of trails. */
public final class Audit {
    private final Recorder recorder;
    private final List<Operation<?, ?>> rows;
    private final Delivery delivery;
    private final DigestDelivery digests;
    private final NoticeDelivery notices;
    private final RetentionSweep retention;
    private final InsightJob insights;

    private Audit(
            Recorder recorder,
            List<Operation<?, ?>> rows,
            Delivery delivery,
            DigestDelivery digests,
            NoticeDelivery notices,
            RetentionSweep retention,
            InsightJob insights) {
        this.recorder = recorder;
        this.rows = rows;
        this.delivery = delivery;
        this.digests = digests;
        this.notices = notices;
        this.retention = retention;
        this.insights = insights;
    }

    /**
     * What the room needs of others.
     *
     * @param buckets where trails deliver to
     * @param topics where they tell of it
     * @param keys what encrypts log files
     * @param accounts who is there, and who administers
     * @param deliveries runs one delivery each; threads of their own in production, {@code Runnable::run} in a simulation
     */
    public record Parts(
            Ledger ledger,
            HistoryIndex history,
            ObjectStore buckets,
            NoticeBoard topics,
            DataKeys keys,
            Authorizer authorizer,
            PrincipalPolicies policies,
            Vault vault,
            Entropy entropy,
            Accounts accounts,
            Executor deliveries) {}

    /** The state rows of this room; a store must know them before it opens. */
    public static List<Table<?>> tables() {
        List<Table<?>> tables = new ArrayList<>(Trails.tables());
        tables.add(Retention.table());
        tables.addAll(InsightJob.tables());
        return List.copyOf(tables);
    }

    /** How the room's secrets come under a new root key. */
    public static List<Rewrapping<?>> rewrappings() {
        return Trails.rewrappings();
    }

    public static Audit open(Parts parts, AuditSettings settings) {
        Permit permit = new Permit(parts.authorizer(), parts.policies());
        Retention retention = new Retention(settings.historyRetention());
        LookupEvents lookup = new LookupEvents(parts.history(), permit, parts.vault(), retention);
        Administration administration = new Administration(permit, parts.accounts());
        Trails trails = new Trails(parts.ledger()::end);
        SigningKeys signingKeys = new SigningKeys(parts.ledger(), new AsymmetricKeys(parts.vault(), parts.entropy()));
        List<Operation<?, ?>> rows = new ArrayList<>(CloudTrailRows.rows(
                lookup,
                trails,
                permit,
                parts.buckets(),
                parts.topics(),
                parts.keys(),
                parts.entropy(),
                settings.extendedSelectors()));
        rows.add(CloudTrailRows.metricData(parts.history(), permit, parts.vault(), retention));
        rows.addAll(new HistoryRetention(administration, retention).rows());
        rows.addAll(new OrganizationRows(administration, trails, parts.entropy()).rows());
        SearchEvents search = new SearchEvents(parts.history(), permit, parts.vault(), retention);
        rows.add(search.row());
        rows.add(new DownloadEvents(search).row());
        rows.add(new ExplainEvent(parts.ledger(), parts.history(), permit).row());
        return new Audit(
                new Recorder(parts.entropy()),
                rows,
                new Delivery(parts.ledger(), parts.buckets(), settings.delivery(), parts.deliveries()),
                new DigestDelivery(
                        parts.ledger(), parts.buckets(), signingKeys, settings.delivery(), parts.deliveries()),
                new NoticeDelivery(parts.ledger(), parts.topics(), parts.deliveries()),
                new RetentionSweep(parts.ledger(), parts.history(), retention),
                new InsightJob(parts.ledger(), parts.history(), trails, parts.entropy()));
    }

    public Recorder recorder() {
        return recorder;
    }

    /** The CloudTrail operations, and what Keytrail has beside them. */
    public List<Operation<?, ?>> rows() {
        return rows;
    }

    /** The first record that something of this room has still to read: dropping it would leave a file or an insight short. */
    public static long unread(State state) {
        return Math.min(Delivery.floor(state), InsightJob.floor(state));
    }

    /** Delivery of all trails, as a step to be called again and again. */
    public Delivery delivery() {
        return delivery;
    }

    /** Notices of all trails, likewise. */
    public NoticeDelivery notices() {
        return notices;
    }

    /** What keeps event history as short as it is to be, likewise. */
    public RetentionSweep retention() {
        return retention;
    }

    /** What looks for unusual calls, likewise. */
    public InsightJob insights() {
        return insights;
    }

    /** Digests of all trails, likewise. */
    public DigestDelivery digests() {
        return digests;
    }
}
