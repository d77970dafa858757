package dev.keytrail.audit.verify;

import dev.keytrail.call.Bytes;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Looks in log files for the call after which a line of digests may rightly end. Any other UpdateTrail than those below leaves
 * the digests going on, and so says nothing of those that are not there.
 */
final class Endings {
    private static final JsonFactory JSON = new JsonFactory();

    private Endings() {}

    /** Whether a record tells of a successful call that ends the line of this digest. */
    static boolean hasOne(Bytes logFile, Digest ended) {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), logFile.unsafeArray())) {
            boolean inRecords = false;
            while (json.nextToken() != null) {
                if (json.currentToken() == JsonToken.START_ARRAY && "Records".equals(json.currentName())) {
                    inRecords = true;
                } else if (inRecords && json.currentToken() == JsonToken.START_OBJECT) {
                    if (isOne(json, ended)) {
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
    private static boolean isOne(JsonParser json, Digest ended) {
        String call = "";
        boolean failed = false;
        boolean source = false;
        Map<String, String> parameters = Map.of();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = String.valueOf(json.currentName());
            JsonToken value = json.nextToken();
            switch (member) {
                case "eventName" -> call = json.getString();
                case "eventSource" -> source = json.getString().equals("cloudtrail.amazonaws.com");
                case "errorCode" -> failed = true;
                case "requestParameters" -> {
                    if (value == JsonToken.START_OBJECT) {
                        parameters = scalars(json);
                    }
                }
                default -> json.skipChildren();
            }
        }
        return source && !failed && isOf(parameters, ended.name().line()) && ends(call, parameters, ended);
    }

    private static Map<String, String> scalars(JsonParser json) {
        Map<String, String> found = new HashMap<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String member = String.valueOf(json.currentName());
            if (json.nextToken().isScalarValue()) {
                found.put(member, String.valueOf(json.getString()));
            } else {
                json.skipChildren();
            }
        }
        return found;
    }

    private static boolean isOf(Map<String, String> parameters, Digest.Line line) {
        String name = parameters.getOrDefault("name", "");
        return name.equals(line.trail()) || name.endsWith(line.arnEnding());
    }

    private static boolean ends(String call, Map<String, String> parameters, Digest ended) {
        return switch (call) {
            case "StopLogging", "DeleteTrail" -> true;
            case "UpdateTrail" -> isSwitchedOff(parameters, ended.name().line()) || isMoved(parameters, ended);
            default -> false;
        };
    }

    private static boolean isSwitchedOff(Map<String, String> parameters, Digest.Line line) {
        return isOff(parameters, "enableLogFileValidation")
                || isOff(parameters, "isMultiRegionTrail") && !line.region().equals(line.homeRegion())
                || isOff(parameters, "isOrganizationTrail") && line.isOrganizations();
    }

    private static boolean isOff(Map<String, String> parameters, String setting) {
        return "false".equals(parameters.get(setting));
    }

    private static boolean isMoved(Map<String, String> parameters, Digest ended) {
        Optional<String> bucket = Optional.ofNullable(parameters.get("s3BucketName"));
        Optional<String> prefix = Optional.ofNullable(parameters.get("s3KeyPrefix"));
        return bucket.filter(b -> !b.equals(ended.bucket())).isPresent()
                || prefix.filter(p -> !ended.name().key().startsWith(p + "/AWSLogs/"))
                        .isPresent();
    }
}
