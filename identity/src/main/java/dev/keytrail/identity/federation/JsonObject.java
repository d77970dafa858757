package dev.keytrail.identity.federation;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** A JSON object, read strictly: bounded, without duplicate members. Values are String, Long, Boolean, List, JsonObject. */
record JsonObject(Map<String, Object> members) {
    private static final int CHARS_MAX = 256 << 10;
    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(16)
                    .maxStringLength(CHARS_MAX)
                    .maxNameLength(1024)
                    .maxNumberLength(64)
                    .build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** @throws IllegalArgumentException when the text is not one JSON object within the bounds */
    static JsonObject parse(String text) {
        if (text.length() > CHARS_MAX) {
            throw new IllegalArgumentException("longer than " + CHARS_MAX + " characters");
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("not a JSON object");
            }
            JsonObject object = object(parser);
            if (parser.nextToken() != null) {
                throw new IllegalArgumentException("text after the object");
            }
            return object;
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not valid JSON");
        }
    }

    private static JsonObject object(JsonParser parser) {
        Map<String, Object> members = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = parser.currentName();
            value(parser, parser.nextToken()).ifPresent(value -> members.put(name, value));
        }
        return new JsonObject(members);
    }

    /** Empty for null. */
    private static Optional<Object> value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> Optional.of(object(parser));
            case START_ARRAY -> {
                List<Object> items = new ArrayList<>();
                for (JsonToken next = parser.nextToken(); next != JsonToken.END_ARRAY; next = parser.nextToken()) {
                    value(parser, next).ifPresent(items::add);
                }
                yield Optional.of(items);
            }
            case VALUE_STRING -> Optional.of(parser.getString());
            case VALUE_TRUE -> Optional.of(true);
            case VALUE_FALSE -> Optional.of(false);
            // Some issuers write times with fractions.
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> Optional.of((long) Math.floor(parser.getDoubleValue()));
            default -> Optional.empty();
        };
    }

    Optional<String> text(String name) {
        return of(name, String.class);
    }

    Optional<Long> number(String name) {
        return of(name, Long.class);
    }

    Optional<JsonObject> object(String name) {
        return of(name, JsonObject.class);
    }

    /** Of a string: that one; of an array: its strings; else nothing. */
    List<String> texts(String name) {
        Object value = members.get(name);
        if (value instanceof String text) {
            return List.of(text);
        }
        return value instanceof List<?> list
                ? list.stream()
                        .filter(String.class::isInstance)
                        .map(String.class::cast)
                        .toList()
                : List.of();
    }

    List<JsonObject> objects(String name) {
        return members.get(name) instanceof List<?> list
                ? list.stream()
                        .filter(JsonObject.class::isInstance)
                        .map(JsonObject.class::cast)
                        .toList()
                : List.of();
    }

    private <T> Optional<T> of(String name, Class<T> type) {
        return Optional.ofNullable(members.get(name)).filter(type::isInstance).map(type::cast);
    }
}
