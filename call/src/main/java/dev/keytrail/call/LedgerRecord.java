package dev.keytrail.call;

import java.util.List;
import java.util.Optional;

/**
 * One event on its way into the ledger, complete: the exact JSON that history, log files and receipts will show, and
 * what history finds it by.
 *
 * @param account the recipient's account: whose history and trails have it; {@link #OPERATOR_ACCOUNT} for nobody's
 * @param eventTimeSeconds Unix seconds, as printed in the event
 * @param json UTF-8, one event, no line breaks
 * @param annex what auditors may see beside the event and no client ever does: why it was decided so, in the
 *     compact form of the call's {@link Reason reasons}; may be empty
 */
public record LedgerRecord(
        String account,
        String region,
        Category category,
        String eventId,
        long eventTimeSeconds,
        String eventSource,
        String eventName,
        boolean readOnly,
        Optional<String> username,
        Optional<String> accessKeyId,
        List<NamedResource> resources,
        Bytes json,
        Bytes annex) {
    /** The operator's own ledger account, where calls of no valid caller go. It has no history, users or keys. */
    public static final String OPERATOR_ACCOUNT = "000000000000";

    /**
     * CloudTrail's {@code eventCategory}; Insights events of data events are told apart. Event history has MANAGEMENT and, each
     * asked for apart, INSIGHT and DATA_INSIGHT.
     */
    public enum Category {
        MANAGEMENT,
        DATA,
        INSIGHT,
        NETWORK_ACTIVITY,
        DATA_INSIGHT
    }

    public LedgerRecord {
        resources = List.copyOf(resources);
    }
}
