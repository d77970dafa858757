package dev.keytrail.audit.history;

import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.call.NamedResource;
import dev.keytrail.call.Service;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/**
 * Finds management events (or Insights events) of one account and Region, newest first: by event time, then by ledger index, both falling.
 * Implemented by the stores behind the ledger.
 *
 * <p>Read-your-writes: everything whose commit returned before {@link #find} was called is found. Thread-safe.
 */
public interface HistoryIndex {
    Page find(Lookup lookup);

    /**
     * Drops events that are older than their account's history goes back: they are found no more, even if it is to go back
     * further again. Only KMS events stay to be found by RESOURCE_NAME, for that is how the last use of a key is known; who
     * answers look-ups of others begins them at the retention. The ledger keeps all. Called again and again; several
     * callers at a time do no harm.
     *
     * @param earliestSecond by account: the Unix second of the oldest event to keep
     * @param most events dropped by one call
     * @return how many were dropped; fewer than {@code most} when nothing is left to drop
     */
    int forget(ToLongFunction<String> earliestSecond, int most);

    /** LookupEvents' attributes (cloudtrail.md E1), and the request id, by which receipts are asked for. */
    enum Attribute {
        EVENT_ID,
        EVENT_NAME,
        READ_ONLY,
        USERNAME,
        RESOURCE_TYPE,
        RESOURCE_NAME,
        EVENT_SOURCE,
        ACCESS_KEY_ID,
        REQUEST_ID;

        /** The values under which this attribute finds the record: none, one, or several where it names resources. */
        public Set<String> valuesIn(LedgerRecord record) {
            return switch (this) {
                case EVENT_ID -> Set.of(record.eventId());
                case EVENT_NAME -> Set.of(record.eventName());
                case READ_ONLY -> Set.of(Boolean.toString(record.readOnly()));
                case USERNAME -> record.username().map(Set::of).orElse(Set.of());
                case RESOURCE_TYPE ->
                    record.resources().stream().map(NamedResource::type).collect(Collectors.toUnmodifiableSet());
                case RESOURCE_NAME ->
                    record.resources().stream().map(NamedResource::name).collect(Collectors.toUnmodifiableSet());
                case EVENT_SOURCE -> Set.of(record.eventSource());
                case ACCESS_KEY_ID -> record.accessKeyId().map(Set::of).orElse(Set.of());
                case REQUEST_ID -> RequestId.of(record).map(Set::of).orElse(Set.of());
            };
        }
    }

    /** Whether the record is found by this attribute even when history has forgotten it. */
    static boolean outlives(LedgerRecord record, Attribute attribute) {
        return attribute == Attribute.RESOURCE_NAME
                && record.category() == Category.MANAGEMENT
                && record.eventSource().equals(Service.KMS.eventSource());
    }

    /** Whether any history shows the record: management and Insights events of real accounts alone. */
    static boolean shows(LedgerRecord record) {
        boolean kept = switch (record.category()) {
            case MANAGEMENT, INSIGHT, DATA_INSIGHT -> true;
            case DATA, NETWORK_ACTIVITY -> false;
        };
        return kept && !record.account().equals(LedgerRecord.OPERATOR_ACCOUNT);
    }

    /** An attribute and its exact, case-sensitive value; READ_ONLY takes {@code true} or {@code false}. */
    record Match(Attribute attribute, String value) {
        public boolean accepts(LedgerRecord record) {
            return attribute.valuesIn(record).contains(value);
        }
    }

    /** A place in the falling order: the smaller position is the newer event. */
    record Position(long eventTimeSeconds, long index) implements Comparable<Position> {
        @Override
        public int compareTo(Position other) {
            int byTime = Long.compare(other.eventTimeSeconds, eventTimeSeconds);
            return byTime != 0 ? byTime : Long.compare(other.index, index);
        }
    }

    /**
     * @param category management events, or Insights events, never both
     * @param fromSecond first Unix second, inclusive
     * @param toSecond last Unix second, inclusive
     * @param after continue behind this event
     * @param limit at least 1
     */
    record Lookup(
            String account,
            String region,
            Category category,
            Optional<Match> match,
            long fromSecond,
            long toSecond,
            Optional<Position> after,
            int limit) {
        public Lookup {
            if (limit < 1) {
                throw new IllegalArgumentException("limit " + limit);
            }
        }

        /** For management events. */
        public Lookup(
                String account,
                String region,
                Optional<Match> match,
                long fromSecond,
                long toSecond,
                Optional<Position> after,
                int limit) {
            this(account, region, Category.MANAGEMENT, match, fromSecond, toSecond, after, limit);
        }

        /** Whether the record belongs into the whole answer; paging ({@code after}, {@code limit}) left aside. */
        public boolean accepts(LedgerRecord record) {
            return shows(record)
                    && record.account().equals(account)
                    && record.region().equals(region)
                    && record.category() == category
                    && record.eventTimeSeconds() >= fromSecond
                    && record.eventTimeSeconds() <= toSecond
                    && match.map(m -> m.accepts(record)).orElse(true);
        }
    }

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
