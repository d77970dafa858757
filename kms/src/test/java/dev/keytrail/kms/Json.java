package dev.keytrail.kms;

import dev.keytrail.call.Facts;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** JSON as maps and lists, for comparing with recorded events. */
final class Json {
    private Json() {}

    @SuppressWarnings("unchecked")
    static Map<String, @Nullable Object> event(String name) {
        try (InputStream in =
                        Objects.requireNonNull(Json.class.getResourceAsStream("/events/" + name + ".json"), name);
                JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), in)) {
            parser.nextToken();
            return (Map<String, @Nullable Object>) Objects.requireNonNull(value(parser));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Facts in the same shape. */
    static @Nullable Object of(@Nullable Object value) {
        return switch (value) {
            case Facts facts -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                facts.forEach((name, member) -> map.put(name, of(member)));
                yield map;
            }
            case List<?> list -> list.stream().map(Json::of).toList();
            case null, default -> value;
        };
    }

    private static @Nullable Object value(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                Map<String, @Nullable Object> map = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    map.put(name, value(parser));
                }
                yield map;
            }
            case START_ARRAY -> {
                List<@Nullable Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            case VALUE_NUMBER_INT -> parser.getLongValue();
            default -> parser.getString();
        };
    }
}
