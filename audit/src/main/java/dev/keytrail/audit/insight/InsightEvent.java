package dev.keytrail.audit.insight;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.wire.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonGenerator;

/** The event that tells of an insight's start or end, in AWS's form (cloudtrail.md J1). */
final class InsightEvent {

    private InsightEvent() {}

    /** @param minute that the event is of */
    static LedgerRecord of(
            String account, SeriesKey key, Series.Open insight, boolean start, long minute, String eventId) {
        return new LedgerRecord(
                account,
                key.region(),
                key.kind().told(),
                eventId,
                minute * 60,
                key.source(),
                key.name(),
                false,
                Optional.empty(),
                Optional.empty(),
                List.of(),
                json(account, key, insight, start, minute, eventId),
                Bytes.EMPTY);
    }

    private static Bytes json(
            String account, SeriesKey key, Series.Open insight, boolean start, long minute, String eventId) {
        return JsonObject.of(json -> {
            json.writeStringProperty("eventVersion", "1.11");
            json.writeStringProperty(
                    "eventTime", Instant.ofEpochSecond(minute * 60).toString());
            json.writeStringProperty("awsRegion", key.region());
            json.writeStringProperty("eventID", eventId);
            json.writeStringProperty("eventType", "AwsCloudTrailInsight");
            json.writeStringProperty("recipientAccountId", account);
            json.writeStringProperty("sharedEventID", insight.sharedEventId());
            json.writeObjectPropertyStart("insightDetails");
            json.writeStringProperty("state", start ? "Start" : "End");
            json.writeStringProperty("eventSource", key.source());
            json.writeStringProperty("eventName", key.name());
            json.writeStringProperty("insightType", key.kind().type());
            if (key.kind().isOfErrors()) {
                json.writeStringProperty("errorCode", key.errorCode());
            }
            json.writeObjectPropertyStart("insightContext");
            statistics(json, insight);
            json.writeArrayPropertyStart("attributions");
            attribution(json, "userIdentityArn", insight);
            attribution(json, "userAgent", insight);
            if (!key.kind().isOfErrors()) {
                attribution(json, "errorCode", insight);
            }
            json.writeEndArray();
            json.writeEndObject();
            json.writeEndObject();
            json.writeStringProperty("eventCategory", "Insight");
        });
    }

    private static void statistics(JsonGenerator json, Series.Open insight) {
        json.writeObjectPropertyStart("statistics");
        json.writeObjectPropertyStart("baseline");
        json.writeNumberProperty("average", insight.baseline());
        json.writeEndObject();
        json.writeObjectPropertyStart("insight");
        json.writeNumberProperty("average", (double) insight.calls() / insight.minutes());
        json.writeEndObject();
        json.writeNumberProperty("insightDuration", insight.minutes());
        json.writeNumberProperty("baselineDuration", insight.baselineMinutes());
        json.writeEndObject();
    }

    private static void attribution(JsonGenerator json, String attribute, Series.Open insight) {
        json.writeStartObject();
        json.writeStringProperty("attribute", attribute);
        averages(json, "insight", insight.counts().top(attribute), insight.minutes());
        averages(json, "baseline", insight.baselineCounts().top(attribute), insight.baselineMinutes());
        json.writeEndObject();
    }

    private static void averages(JsonGenerator json, String name, Map<String, Long> counts, long minutes) {
        json.writeArrayPropertyStart(name);
        counts.forEach((value, count) -> {
            json.writeStartObject();
            json.writeStringProperty("value", value);
            json.writeNumberProperty("average", (double) count / minutes);
            json.writeEndObject();
        });
        json.writeEndArray();
    }
}
