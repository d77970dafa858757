package dev.keytrail.audit.trail;

import dev.keytrail.audit.history.FlatEvent;
import dev.keytrail.call.LedgerRecord;

/** What delivery must know of an Insights event. */
final class InsightRecord {
    private static final String TYPE = "insightDetails" + FlatEvent.SEPARATOR + "insightType";

    private InsightRecord() {}

    static boolean isOf(LedgerRecord record, InsightKind kind) {
        return record.category() == kind.told()
                && FlatEvent.at(FlatEvent.of(record.json()), TYPE).contains(kind.type());
    }
}
