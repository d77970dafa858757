package dev.keytrail.wire;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The parameters of a form body ({@code application/x-www-form-urlencoded}) or a query string, decoded, in their order,
 * each name once. Immutable. What is not well-formed, not UTF-8, given twice or beyond the bounds is refused with
 * MalformedQueryString. Values may be secret: {@link #toString()} shows none.
 */
public final class FormParameters {
    /** Far above any legal request (50 tags are 100 parameters). */
    public static final int COUNT_MAX = 4096;

    private final Map<String, String> values;

    private FormParameters(Map<String, String> values) {
        this.values = values;
    }

    /** Of the first {@code length} bytes of a request's body. */
    public static FormParameters parse(byte[] body, int length) {
        Map<String, String> values = new LinkedHashMap<>();
        byte[] scratch = new byte[length];
        int start = 0;
        while (start < length) {
            int end = find(body, '&', start, length);
            if (end > start) {
                int equals = find(body, '=', start, end);
                String name = decode(body, start, equals, scratch);
                String value = equals < end ? decode(body, equals + 1, end, scratch) : "";
                if (name.isEmpty() || values.size() >= COUNT_MAX || values.put(name, value) != null) {
                    throw malformed();
                }
            }
            start = end + 1;
        }
        return new FormParameters(values);
    }

    /** Of a URL's query part, still encoded. */
    public static FormParameters parseQuery(String query) {
        byte[] bytes = query.getBytes(StandardCharsets.UTF_8);
        return parse(bytes, bytes.length);
    }

    /** These and the others; refused if both have a name. */
    public FormParameters plus(FormParameters others) {
        Map<String, String> all = new LinkedHashMap<>(values);
        others.values.forEach((name, value) -> {
            if (all.put(name, value) != null) {
                throw malformed();
            }
        });
        return new FormParameters(all);
    }

    public Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name));
    }

    /** The operation called. */
    public Optional<String> action() {
        return get("Action");
    }

    /** The API version, which also tells the service. */
    public Optional<String> version() {
        return get("Version");
    }

    public Map<String, String> asMap() {
        return Collections.unmodifiableMap(values);
    }

    @Override
    public String toString() {
        return "FormParameters[" + values.size() + "]";
    }

    private static int find(byte[] body, char wanted, int from, int end) {
        int at = from;
        while (at < end && body[at] != wanted) {
            at++;
        }
        return at;
    }

    private static String decode(byte[] body, int from, int end, byte[] scratch) {
        int size = 0;
        for (int at = from; at < end; at++) {
            byte c = body[at];
            if (c == '+') {
                c = ' ';
            } else if (c == '%') {
                if (at + 2 >= end) {
                    throw malformed();
                }
                c = (byte) (digit(body[at + 1]) << 4 | digit(body[at + 2]));
                at += 2;
            }
            scratch[size++] = c;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(scratch, 0, size))
                    .toString();
        } catch (CharacterCodingException e) {
            throw malformed();
        }
    }

    private static int digit(byte c) {
        int digit = c >= 0 ? Character.digit(c, 16) : -1;
        if (digit < 0) {
            throw malformed();
        }
        return digit;
    }

    private static Refused malformed() {
        return new Refused(ApiError.of("MalformedQueryString", "The query string contains a syntax error."));
    }
}
