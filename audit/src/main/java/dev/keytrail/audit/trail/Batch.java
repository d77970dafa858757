package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The events of one log file to be, in ledger order. Not thread-safe. */
final class Batch {
    private final List<Bytes> events = new ArrayList<>();
    private long oldestSeconds = Long.MAX_VALUE;
    private long newestSeconds = Long.MIN_VALUE;

    void add(LedgerRecord record) {
        events.add(record.json());
        oldestSeconds = Math.min(oldestSeconds, record.eventTimeSeconds());
        newestSeconds = Math.max(newestSeconds, record.eventTimeSeconds());
    }

    List<Bytes> events() {
        return Collections.unmodifiableList(events);
    }

    /** Unix time of the earliest event. Calls are recorded as they end, so it need not be the first one's. */
    long oldestSeconds() {
        return oldestSeconds;
    }

    long newestSeconds() {
        return newestSeconds;
    }
}
