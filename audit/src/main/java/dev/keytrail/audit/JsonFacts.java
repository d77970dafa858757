package dev.keytrail.audit;

import dev.keytrail.call.Facts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A small JSON object of a client's, such as a policy, as facts, and facts as JSON text. For what holds no secrets. */
public final class JsonFacts {
    private static final int DEPTH_MAX = 16;
    private static final int TYPICAL_BYTES = 1024;
    private static final JsonFactory JSON = new JsonFactory();

    private JsonFacts() {}

    /** Empty for what is no JSON object, or has lists that an event cannot show: mixed or nested ones. */
    public static Optional<Facts> parse(String text) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            return Optional.of(object(parser, 0));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** One line of JSON. */
    public static String write(Facts facts) {
        JsonBytes out = new JsonBytes(TYPICAL_BYTES);
        out.facts(facts);
        return out.toBytes().utf8();
    }

    private static Facts object(JsonParser parser, int depth) {
        if (depth > DEPTH_MAX) {
            throw new IllegalArgumentException("too deep");
        }
        Facts facts = Facts.facts();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            switch (parser.nextToken()) {
                case START_OBJECT -> facts.put(name, object(parser, depth + 1));
                case START_ARRAY -> array(parser, depth + 1, facts, name);
                case VALUE_TRUE -> facts.put(name, true);
                case VALUE_FALSE -> facts.put(name, false);
                case VALUE_NULL -> facts.putNull(name);
                default -> facts.put(name, parser.getString());
            }
        }
        return facts;
    }

    private static void array(JsonParser parser, int depth, Facts facts, String name) {
        List<String> texts = new ArrayList<>();
        List<Facts> objects = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            switch (parser.currentToken()) {
                case START_OBJECT -> objects.add(object(parser, depth));
                case START_ARRAY -> throw new IllegalArgumentException("array in array");
                default -> texts.add(parser.getString());
            }
        }
        if (!texts.isEmpty() && !objects.isEmpty()) {
            throw new IllegalArgumentException("mixed array");
        }
        if (objects.isEmpty()) {
            facts.putStrings(name, texts);
        } else {
            facts.putAll(name, objects);
        }
    }
}
