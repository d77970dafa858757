package dev.keytrail.audit.history;

import dev.keytrail.call.LedgerRecord;
import java.util.List;
import java.util.Optional;

/**
 * Finds management events of one account and Region, newest first: by event time, then by ledger index, both falling.
 * Implemented by the stores behind the ledger.
 *
 * <p>Read-your-writes: everything whose commit returned before {@link #find} was called is found. Thread-safe.
 */
public interface HistoryIndex {
    Page find(Lookup lookup);

    /** LookupEvents' attributes (cloudtrail.md E1). */
    enum Attribute {
        EVENT_ID,
        EVENT_NAME,
        READ_ONLY,
        USERNAME,
        RESOURCE_TYPE,
        RESOURCE_NAME,
        EVENT_SOURCE,
        ACCESS_KEY_ID
    }

    /** An attribute and its exact, case-sensitive value; READ_ONLY takes {@code true} or {@code false}. */
    record Match(Attribute attribute, String value) {}

    /** A place in the falling order. */
    record Position(long eventTimeSeconds, long index) {}

    /**
     * @param fromSecond first Unix second, inclusive
     * @param toSecond last Unix second, inclusive
     * @param after continue behind this event
     * @param limit at least 1
     */
    record Lookup(
            String account,
            String region,
            Optional<Match> match,
            long fromSecond,
            long toSecond,
            Optional<Position> after,
            int limit) {}

    record Found(long index, LedgerRecord record) {
        public Position position() {
            return new Position(record.eventTimeSeconds(), index);
        }
    }

    /** @param more whether events behind the last one match too */
    record Page(List<Found> events, boolean more) {
        public Page {
            events = List.copyOf(events);
        }
    }
}
