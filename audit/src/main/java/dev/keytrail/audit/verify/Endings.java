package dev.keytrail.audit.verify;

import dev.keytrail.call.Bytes;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** Looks in a log file for the call after which a trail's digests may rightly end. */
final class Endings {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Set<String> CALLS = Set.of("StopLogging", "DeleteTrail", "UpdateTrail");

    private Endings() {}

    /** Whether a record tells of a successful StopLogging, DeleteTrail or UpdateTrail of this trail. */
    static boolean hasOne(Bytes logFile, String trail, String arnEnding) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), logFile.unsafeArray())) {
            boolean inRecords = false;
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.START_ARRAY && "Records".equals(json.currentName())) {
                    inRecords = true;
                } else if (inRecords && json.currentToken() == JsonToken.START_OBJECT) {
                    if (isOne(json, trail, arnEnding)) {
                        return true;
                    }
                }
            }
            return false;
        } catch (JacksonException notJson) {
            return false;
        }
    }

    /** Reads one record to its end. */
    private static boolean isOne(JsonParser json, String trail, String arnEnding) {
        boolean call = false;
        boolean failed = false;
        boolean source = false;
        boolean named = false;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = String.valueOf(json.currentName());
            JsonToken value = json.nextToken();
            switch (member) {
                case "eventName" -> call = CALLS.contains(json.getString());
                case "eventSource" -> source = json.getString().equals("cloudtrail.amazonaws.com");
                case "errorCode" -> failed = true;
                case "requestParameters" -> {
                    if (value == JsonToken.START_OBJECT) {
                        named = names(json, trail, arnEnding);
                    }
                }
                default -> json.skipChildren();
            }
        }
        return call && source && named && !failed;
    }

    private static boolean names(JsonParser json, String trail, String arnEnding) {
        boolean named = false;
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = String.valueOf(json.currentName());
            JsonToken value = json.nextToken();
            if (member.equals("name") && value == JsonToken.VALUE_STRING) {
                named = json.getString().equals(trail) || json.getString().endsWith(arnEnding);
            } else {
                json.skipChildren();
            }
        }
        return named;
    }
}
