package dev.keytrail.server;

import dev.keytrail.audit.history.HistoryIndex;
import dev.keytrail.audit.history.HistoryIndex.Attribute;
import dev.keytrail.audit.history.HistoryIndex.Found;
import dev.keytrail.audit.history.HistoryIndex.Lookup;
import dev.keytrail.audit.history.HistoryIndex.Match;
import dev.keytrail.audit.history.HistoryIndex.Page;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.Service;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.UsageHistory;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The last use of a key, found in event history from the newest event of the key backwards. Thread-safe. */
final class KeyUses implements UsageHistory {
    /** Events looked at for one answer: a key whose newest so many events are all refusals or descriptions is rare. */
    static final int EVENTS_MAX = 100_000;

    private static final int PAGE = 500;

    private static final JsonFactory JSON = new JsonFactory();

    private final HistoryIndex history;

    KeyUses(HistoryIndex history) {
        this.history = history;
    }

    @Override
    public Optional<Use> lastUse(Key key) {
        Optional<HistoryIndex.Position> after = Optional.empty();
        // The newest event is the likely answer, so the first page is short.
        int size = 10;
        for (int seen = 0; seen < EVENTS_MAX; seen += size, size = PAGE) {
            Page page = history.find(new Lookup(
                    key.account(),
                    key.region(),
                    Optional.of(new Match(Attribute.RESOURCE_NAME, key.arn())),
                    key.created().getEpochSecond(),
                    Long.MAX_VALUE,
                    after,
                    size));
            for (Found found : page.events()) {
                Optional<Use> use = use(found.record());
                if (use.isPresent()) {
                    return use;
                }
            }
            if (!page.more()) {
                return Optional.empty();
            }
            after = Optional.of(page.events().getLast().position());
        }
        throw KmsErrors.timedOut();
    }

    /** Whether the event tells of a use, so that of all events of a key the newest such one must stay. */
    static boolean isUse(LedgerRecord record) {
        return use(record).isPresent();
    }

    private static Optional<Use> use(LedgerRecord record) {
        if (!record.eventSource().equals(Service.KMS.eventSource()) || !OPERATIONS.contains(record.eventName())) {
            return Optional.empty();
        }
        return requestOfSuccess(record.json())
                .map(requestId -> new Use(
                        record.eventName(),
                        Instant.ofEpochSecond(record.eventTimeSeconds()),
                        record.eventId(),
                        requestId));
    }

    /** The request id of an event; empty when the call failed, as every dry run does. */
    private static Optional<String> requestOfSuccess(Bytes json) {
        @Nullable String requestId = null;
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json.unsafeArray())) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String member = parser.currentName();
                JsonToken value = parser.nextToken();
                if ("errorCode".equals(member)) {
                    return Optional.empty();
                }
                if ("requestID".equals(member)) {
                    requestId = parser.getString();
                } else if (value.isStructStart()) {
                    parser.skipChildren();
                }
            }
        }
        return Optional.ofNullable(requestId);
    }
}
