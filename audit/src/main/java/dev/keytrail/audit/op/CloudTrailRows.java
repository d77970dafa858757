package dev.keytrail.audit.op;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.Retention;
import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.audit.trail.NoticeBoard;
import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.audit.trail.Trails;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Operation;
import dev.keytrail.crypto.Vault;
import java.util.ArrayList;
import java.util.List;

/** All rows of the CloudTrail API, those that this house refuses among them. */
public final class CloudTrailRows {
    private CloudTrailRows() {}

    /** ListInsightsMetricData, which counts history. */
    public static Operation<?, ?> metricData(HistoryIndex history, Permit permit, Vault vault, Retention retention) {
        return new ListInsightsMetricData(history, permit, vault, retention).row();
    }

    public static List<Operation<?, ?>> rows(
            LookupEvents lookupEvents,
            Trails trails,
            Permit permit,
            ObjectStore store,
            NoticeBoard topics,
            DataKeys keys,
            Entropy entropy,
            boolean extendedSelectors) {
        TrailDesk desk = new TrailDesk(trails, permit, store, topics, keys);
        List<Operation<?, ?>> rows = new ArrayList<>(LakeOperations.rows(permit));
        rows.addAll(new ResourcePolicies(permit).rows());
        rows.addAll(new EventConfiguration(desk).rows());
        rows.addAll(new InsightSelectors(desk).rows());
        rows.addAll(new DelegatedAdministrators(permit).rows());
        rows.addAll(List.of(
                lookupEvents.row(),
                lookupEvents.insightsData(desk),
                new CreateTrail(desk, entropy).row(),
                new UpdateTrail(desk).row(),
                new DeleteTrail(desk).row(),
                new GetTrail(desk).row(),
                new DescribeTrails(desk).row(),
                new ListTrails(desk).row(),
                new GetTrailStatus(desk).row(),
                new StartLogging(desk).row(),
                new StopLogging(desk).row(),
                new GetEventSelectors(desk).row(),
                new PutEventSelectors(desk, extendedSelectors).row(),
                new ListPublicKeys(permit).row(),
                new AddTags(desk).row(),
                new RemoveTags(desk).row(),
                new ListTags(desk).row()));
        return rows;
    }
}
