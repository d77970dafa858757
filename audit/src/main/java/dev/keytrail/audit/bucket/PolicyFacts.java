package dev.keytrail.audit.bucket;

import dev.keytrail.call.Facts;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** A bucket policy as an event shows it (its own JSON), and the resources it names. Policies hold no secrets. */
final class PolicyFacts {
    private static final int DEPTH_MAX = 16;
    private static final JsonFactory JSON = new JsonFactory();

    private PolicyFacts() {}

    /** Empty for what is no JSON object, or a mixed or too deep one. */
    static Optional<Facts> of(String text) {
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return Optional.empty();
            }
            return Optional.of(object(parser, 0));
        } catch (JacksonException | IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The texts of all statements' Resource elements. */
    static List<String> resources(String text) {
        List<String> resources = new ArrayList<>();
        of(text).flatMap(policy -> policy.get("Statement")).ifPresent(statements -> {
            List<?> all = statements instanceof List<?> list ? list : List.of(statements);
            for (Object statement : all) {
                if (statement instanceof Facts facts) {
                    facts.get("Resource").ifPresent(value -> {
                        List<?> texts = value instanceof List<?> list ? list : List.of(value);
                        texts.forEach(each -> resources.add(each.toString()));
                    });
                }
            }
        });
        return resources;
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
