package dev.keytrail.wire;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.wire.codec.ShapeReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;

/**
 * Reads AWS JSON 1.1 from bytes. Unknown members are skipped, {@code null} is absence, and of a member given twice the
 * last counts. Jackson's own messages go nowhere: they may quote the request.
 */
final class JsonReader implements ShapeReader, AutoCloseable {
    /** The models nest less than ten deep; unknown members may go a little further. */
    static final int DEPTH_MAX = 64;

    /** Digits of a number. */
    static final int NUMBER_LENGTH_MAX = 100;

    /** Of one char; a pair of surrogates takes four. */
    private static final int UTF8_BYTES_MAX = 3;

    private static final Utf8JsonFactory FACTORY = new Utf8JsonFactory(StreamReadConstraints.builder()
            .maxNestingDepth(DEPTH_MAX)
            .maxNumberLength(NUMBER_LENGTH_MAX)
            .build());

    private final JsonParser parser;

    private JsonReader(JsonParser parser) {
        this.parser = parser;
    }

    /** A reader that stands before the body's first value. */
    static JsonReader of(byte[] body, int length) {
        try {
            JsonReader reader = new JsonReader(FACTORY.createParser(ObjectReadContext.empty(), body, 0, length));
            reader.parser.nextToken();
            return reader;
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    /** Nothing may follow the value that was read. */
    void end() {
        try {
            if (parser.nextToken() != null) {
                throw malformed();
            }
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    @Override
    public void close() {
        parser.close();
    }

    @Override
    public void beginStructure() {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw notExpected("a structure");
        }
    }

    @Override
    public @Nullable String nextMember() {
        try {
            for (String name = parser.nextName(); name != null; name = parser.nextName()) {
                if (parser.nextToken() != JsonToken.VALUE_NULL) {
                    return name;
                }
            }
        } catch (JacksonException e) {
            throw malformed();
        }
        return null;
    }

    @Override
    public void beginList() {
        if (parser.currentToken() != JsonToken.START_ARRAY) {
            throw notExpected("a list");
        }
    }

    @Override
    public boolean nextItem() {
        try {
            return parser.nextToken() != JsonToken.END_ARRAY;
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    @Override
    public void beginMap(String keyName, String valueName) {
        if (parser.currentToken() != JsonToken.START_OBJECT) {
            throw notExpected("a map");
        }
    }

    @Override
    public @Nullable String nextKey() {
        try {
            String name = parser.nextName();
            if (name != null) {
                parser.nextToken();
                requireScalars(name);
            }
            return name;
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    @Override
    public boolean isNull() {
        return parser.currentToken() == JsonToken.VALUE_NULL;
    }

    @Override
    public void skip() {
        try {
            parser.skipChildren();
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    @Override
    public String text() {
        requireString("a String");
        try {
            String text = parser.getString();
            requireScalars(text);
            return text;
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    @Override
    public Secret secretText() {
        requireString("a String");
        try {
            char[] characters = parser.getStringCharacters();
            CharBuffer text = CharBuffer.wrap(characters, parser.getStringOffset(), parser.getStringLength());
            byte[] scratch = new byte[text.remaining() * UTF8_BYTES_MAX];
            ByteBuffer encoded = ByteBuffer.wrap(scratch);
            boolean isWhole = StandardCharsets.UTF_8
                    .newEncoder()
                    .encode(text, encoded, true)
                    .isUnderflow();
            byte[] content = Arrays.copyOf(scratch, encoded.position());
            Arrays.fill(scratch, (byte) 0);
            if (!isWhole) {
                throw malformed();
            }
            return Secret.adopt(content);
        } catch (JacksonException e) {
            throw malformed();
        }
    }

    @Override
    public Bytes blob() {
        return Bytes.adopt(binary());
    }

    @Override
    public Secret secretBlob() {
        return Secret.adopt(binary());
    }

    @Override
    public Integer integer() {
        requireInteger("an Integer");
        try {
            return parser.getIntValue();
        } catch (JacksonException e) {
            throw tooLarge("an Integer");
        }
    }

    @Override
    public Long longInteger() {
        requireInteger("a Long");
        try {
            return parser.getLongValue();
        } catch (JacksonException e) {
            throw tooLarge("a Long");
        }
    }

    @Override
    public Boolean flag() {
        return switch (parser.currentToken()) {
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case null, default -> throw notExpected("a Boolean");
        };
    }

    @Override
    public Double decimal() {
        return switch (parser.currentToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number("a Double");
            case VALUE_STRING ->
                switch (text()) {
                    case "NaN" -> Double.NaN;
                    case "Infinity" -> Double.POSITIVE_INFINITY;
                    case "-Infinity" -> Double.NEGATIVE_INFINITY;
                    default -> throw notExpected("a Double");
                };
            case null, default -> throw notExpected("a Double");
        };
    }

    @Override
    public Instant time() {
        return switch (parser.currentToken()) {
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
                Times.ofEpochSeconds(number("a Timestamp")).orElseThrow(() -> notExpected("a Timestamp"));
            case VALUE_STRING -> Times.parse(text()).orElseThrow(() -> notExpected("a Timestamp"));
            case null, default -> throw notExpected("a Timestamp");
        };
    }

    /** Finite, whatever the text. */
    private double number(String wanted) {
        double value;
        try {
            value = parser.getDoubleValue();
        } catch (JacksonException e) {
            throw tooLarge(wanted);
        }
        if (!Double.isFinite(value)) {
            throw tooLarge(wanted);
        }
        return value;
    }

    private byte[] binary() {
        requireString("a Blob");
        try {
            return parser.getBinaryValue();
        } catch (JacksonException e) {
            throw serialization("STRING_VALUE is not valid base64");
        }
    }

    private void requireString(String wanted) {
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw notExpected(wanted);
        }
    }

    private void requireInteger(String wanted) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            throw notExpected(wanted);
        }
    }

    /** Half of a surrogate pair has no UTF-8 form: two such texts would become equal bytes. */
    private static void requireScalars(String text) {
        int at = 0;
        while (at < text.length()) {
            char c = text.charAt(at++);
            if (Character.isSurrogate(c)) {
                boolean isPair =
                        Character.isHighSurrogate(c) && at < text.length() && Character.isLowSurrogate(text.charAt(at));
                if (!isPair) {
                    throw malformed();
                }
                at++;
            }
        }
    }

    private Refused notExpected(String wanted) {
        String found = switch (parser.currentToken()) {
            case START_OBJECT -> "Start of structure or map";
            case START_ARRAY -> "Start of list";
            case VALUE_STRING -> "STRING_VALUE";
            case VALUE_NUMBER_INT -> "NUMBER_VALUE";
            case VALUE_NUMBER_FLOAT -> "DECIMAL_VALUE";
            case VALUE_TRUE -> "TRUE_VALUE";
            case VALUE_FALSE -> "FALSE_VALUE";
            case VALUE_NULL -> "NULL_VALUE";
            case null, default -> "End of input";
        };
        return serialization(found + " can not be converted to " + wanted);
    }

    private static Refused tooLarge(String wanted) {
        return serialization("NUMBER_VALUE is out of range for " + wanted);
    }

    private static Refused malformed() {
        return serialization("The request body is not well-formed JSON in UTF-8");
    }

    private static Refused serialization(String message) {
        return new Refused(ApiError.of("SerializationException", message));
    }
}
