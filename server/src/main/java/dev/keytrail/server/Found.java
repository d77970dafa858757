package dev.keytrail.server;

import dev.keytrail.audit.op.SearchEvents;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.NamedResource;
import tools.jackson.core.JsonGenerator;

/** How SearchEvents' answer is spelled: each event as it is, and beside it what the console's columns need. */
final class Found {
    private Found() {}

    static void write(JsonGenerator json, SearchEvents.Output found) {
        json.writeArrayPropertyStart("Events");
        found.events().forEach(record -> write(json, record));
        json.writeEndArray();
        json.writeNumberProperty("LookedAt", found.lookedAt());
        found.nextToken().ifPresent(token -> json.writeStringProperty("NextToken", token));
    }

    private static void write(JsonGenerator json, LedgerRecord record) {
        json.writeStartObject();
        record.username().ifPresent(name -> json.writeStringProperty("Username", name));
        json.writeArrayPropertyStart("Resources");
        for (NamedResource resource : record.resources()) {
            json.writeStartObject();
            json.writeStringProperty("resourceType", resource.type());
            json.writeStringProperty("resourceName", resource.name());
            json.writeEndObject();
        }
        json.writeEndArray();
        // Text, as LookupEvents gives it: the exact bytes that the log and the files have.
        json.writeStringProperty("CloudTrailEvent", record.json().utf8());
        json.writeEndObject();
    }
}
