package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;

/** A bounded JSON tree: what a policy document is before it has a meaning. Duplicate member names are refused. */
sealed interface Json {
    /** Longest document read, in characters: the service models' bound on policy members. */
    int DOCUMENT_CHARS_MAX = 131_072;

    /** A policy needs six levels: document, statements, statement, condition, operator, values. */
    int DEPTH_MAX = 8;

    record Obj(Map<String, Json> members) implements Json {}

    record Arr(List<Json> items) implements Json {}

    record Text(String value) implements Json {}

    /** A number or boolean, as it was written. */
    record Scalar(String value) implements Json {}

    record Nothing() implements Json {}

    /** @throws MalformedPolicy when the text is not exactly one JSON value within the bounds */
    static Json read(String text) {
        if (text.length() > DOCUMENT_CHARS_MAX) {
            throw new MalformedPolicy("The policy document is longer than " + DOCUMENT_CHARS_MAX + " characters.");
        }
        try (JsonParser parser = Factory.JSON.createParser(ObjectReadContext.empty(), text)) {
            JsonToken first = parser.nextToken();
            if (first == null) {
                throw new MalformedPolicy("Syntax errors in policy: the document is empty.");
            }
            Json value = value(parser, first);
            if (parser.nextToken() != null) {
                throw syntax("text after the end of the document", parser.currentTokenLocation());
            }
            return value;
        } catch (StreamConstraintsException _) {
            throw new MalformedPolicy(
                    "Syntax errors in policy: nested too deeply, or a name or number that is too long.");
        } catch (JacksonException e) {
            throw syntax("the document is not valid JSON", e.getLocation());
        }
    }

    private static Json value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> array(parser);
            case VALUE_STRING -> new Text(parser.getString());
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT, VALUE_TRUE, VALUE_FALSE -> new Scalar(parser.getString());
            case VALUE_NULL -> new Nothing();
            case NOT_AVAILABLE, END_OBJECT, END_ARRAY, PROPERTY_NAME, VALUE_EMBEDDED_OBJECT ->
                throw syntax("unexpected " + token, parser.currentTokenLocation());
        };
    }

    private static Obj object(JsonParser parser) {
        Map<String, Json> members = new LinkedHashMap<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_OBJECT; token = parser.nextToken()) {
            String name = parser.currentName();
            if (members.containsKey(name)) {
                throw syntax("duplicate element " + shown(name), parser.currentTokenLocation());
            }
            members.put(name, value(parser, parser.nextToken()));
        }
        return new Obj(members);
    }

    private static Arr array(JsonParser parser) {
        List<Json> items = new ArrayList<>();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            items.add(value(parser, token));
        }
        return new Arr(items);
    }

    private static MalformedPolicy syntax(String what, @Nullable TokenStreamLocation at) {
        String where = at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")";
        return new MalformedPolicy("Syntax errors in policy: " + what + where + ".");
    }

    /** Text from a document, made fit for a message: bounded. */
    static String shown(String text) {
        return text.length() <= 128 ? text : text.substring(0, 125) + "...";
    }

    /** Keeps the factory out of the interface's public constants. */
    final class Factory {
        private static final JsonFactory JSON = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxNestingDepth(DEPTH_MAX)
                        .maxStringLength(DOCUMENT_CHARS_MAX)
                        .maxNameLength(2048)
                        .maxNumberLength(64)
                        .build())
                .build();

        private Factory() {}
    }
}
