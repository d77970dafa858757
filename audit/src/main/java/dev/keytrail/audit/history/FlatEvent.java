package dev.keytrail.audit.history;

import dev.keytrail.call.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** An event as values by path. Lists add nothing to a path. */
public final class FlatEvent {
    /** Between the names of a path; in no name of any event. */
    public static final String SEPARATOR = "\u0001";

    private static final String PARAMETERS = "requestParameters" + SEPARATOR;
    private static final String CONTEXT = "context" + SEPARATOR;
    private static final List<String> CONTEXTS = List.of(
            PARAMETERS + "encryptionContext" + SEPARATOR,
            PARAMETERS + "sourceEncryptionContext" + SEPARATOR,
            PARAMETERS + "destinationEncryptionContext" + SEPARATOR);

    private static final JsonFactory JSON = new JsonFactory();

    private FlatEvent() {}

    /** Values by path, in the event's order. */
    public static Map<String, List<String>> of(Bytes json) {
        Map<String, List<String>> values = new HashMap<>();
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json.unsafeArray())) {
            parser.nextToken();
            object(parser, "", values);
        }
        return values;
    }

    private static void object(JsonParser parser, String at, Map<String, List<String>> values) {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = String.valueOf(parser.currentName());
            parser.nextToken();
            value(parser, at.isEmpty() ? name : at + SEPARATOR + name, values);
        }
    }

    private static void value(JsonParser parser, String path, Map<String, List<String>> values) {
        switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, path, values);
            case START_ARRAY -> {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    value(parser, path, values);
                }
            }
            case VALUE_NULL -> {}
            default -> values.computeIfAbsent(path, _ -> new ArrayList<>(1)).add(parser.getString());
        }
    }

    /** The values that a query's path means. */
    static List<String> values(Map<String, List<String>> event, String path) {
        if (path.equals("any")) {
            return event.values().stream().flatMap(List::stream).toList();
        }
        if (path.startsWith(CONTEXT)) {
            String key = path.substring(CONTEXT.length());
            return CONTEXTS.stream()
                    .flatMap(context -> at(event, context + key).stream())
                    .toList();
        }
        return at(event, path);
    }

    /** The values at exactly this path. */
    public static List<String> at(Map<String, List<String>> event, String path) {
        return Optional.ofNullable(event.get(path)).orElse(List.of());
    }
}
