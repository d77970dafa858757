package dev.keytrail.kms.store;

import dev.keytrail.kms.store.ProxyFailure.Cause;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The JSON of the proxy specification: small objects of texts, whole numbers and lists, nested a little. */
final class ProxyJson {
    private static final JsonFactory JSON = new JsonFactory();
    private static final int DEPTH_MAX = 5;

    private ProxyJson() {}

    /** An answer's members. */
    record Members(Map<String, @Nullable Object> all) {
        Optional<String> text(String name) {
            return of(name, String.class);
        }

        Optional<Long> number(String name) {
            return of(name, Long.class);
        }

        /** Empty when there is none, or it holds anything but texts. */
        Optional<List<String>> texts(String name) {
            List<String> texts = new ArrayList<>();
            for (Object item : of(name, List.class).orElse(List.of())) {
                if (!(item instanceof String text)) {
                    return Optional.empty();
                }
                texts.add(text);
            }
            return texts.isEmpty() ? Optional.empty() : Optional.of(texts);
        }

        /** The objects of a list; empty when there is none, or it holds anything else. */
        List<Members> objects(String name) {
            List<Members> objects = new ArrayList<>();
            for (Object item : of(name, List.class).orElse(List.of())) {
                if (!(item instanceof Members members)) {
                    return List.of();
                }
                objects.add(members);
            }
            return objects;
        }

        private <T> Optional<T> of(String name, Class<T> type) {
            Object member = all.get(name);
            return type.isInstance(member) ? Optional.of(type.cast(member)) : Optional.empty();
        }
    }

    /** @throws ProxyFailure MALFORMED: not one JSON object */
    static Members read(byte[] content) throws ProxyFailure {
        try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), content)) {
            json.nextToken();
            if (value(json, 0) instanceof Members members && json.nextToken() == null) {
                return members;
            }
        } catch (JacksonException | IllegalStateException _) {
            // Falls through to the one answer for all that is not what it should be.
        }
        throw new ProxyFailure(Cause.MALFORMED);
    }

    private static @Nullable Object value(JsonParser json, int depth) {
        JsonToken token = json.currentToken();
        if (token == null || depth > DEPTH_MAX) {
            throw new IllegalStateException("ends early, or too deep");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> members = new LinkedHashMap<>();
                while (json.nextToken() != JsonToken.END_OBJECT) {
                    String name = json.currentName();
                    json.nextToken();
                    members.put(name == null ? "" : name, value(json, depth + 1));
                }
                yield new Members(members);
            }
            case START_ARRAY -> {
                List<@Nullable Object> items = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    items.add(value(json, depth + 1));
                }
                yield items;
            }
            case VALUE_STRING -> json.getString();
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            default -> null;
        };
    }
}
