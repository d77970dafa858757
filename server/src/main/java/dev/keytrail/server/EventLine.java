package dev.keytrail.server;

import dev.keytrail.wire.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One event of a search's answer.
 *
 * @param json the event itself
 * @param members its texts and other plain values, those of userIdentity under {@code userIdentity.NAME}
 * @param resources a JSON list, as the console's files have it
 */
record EventLine(String json, Map<String, String> members, Optional<String> username, String resources) {
    private static final JsonFactory JSON = new JsonFactory();

    /** Empty for a member that the event does not have. */
    String text(String member) {
        return members.getOrDefault(member, "");
    }

    /** Adds the answer's events; returns its token. */
    static Optional<String> readAll(String answer, List<EventLine> to) {
        Optional<String> token = Optional.empty();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), answer)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                switch (name) {
                    case "NextToken" -> token = Optional.of(parser.getString());
                    case "Events" -> {
                        while (parser.nextToken() != JsonToken.END_ARRAY) {
                            to.add(read(parser));
                        }
                    }
                    default -> parser.skipChildren();
                }
            }
        }
        return token;
    }

    private static EventLine read(JsonParser parser) {
        String json = "{}";
        Optional<String> username = Optional.empty();
        List<String> resources = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            switch (name) {
                case "CloudTrailEvent" -> json = parser.getString();
                case "Username" -> username = Optional.of(parser.getString());
                case "Resources" -> {
                    while (parser.nextToken() != JsonToken.END_ARRAY) {
                        resources.add(resource(parser));
                    }
                }
                default -> parser.skipChildren();
            }
        }
        return new EventLine(json, members(json), username, "[" + String.join(",", resources) + "]");
    }

    private static String resource(JsonParser parser) {
        Map<String, Object> resource = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            parser.nextToken();
            resource.put(name, parser.getString());
        }
        return JsonObject.of(resource).utf8();
    }

    private static Map<String, String> members(String json) {
        Map<String, String> members = new LinkedHashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            parser.nextToken();
            plain(parser, "", members);
        }
        return members;
    }

    private static void plain(JsonParser parser, String at, Map<String, String> members) {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = at + parser.currentName();
            switch (parser.nextToken()) {
                case START_OBJECT -> {
                    if (name.equals("userIdentity")) {
                        plain(parser, "userIdentity.", members);
                    } else {
                        parser.skipChildren();
                    }
                }
                case START_ARRAY -> parser.skipChildren();
                case VALUE_NULL -> {}
                default -> members.put(name, parser.getString());
            }
        }
    }
}
