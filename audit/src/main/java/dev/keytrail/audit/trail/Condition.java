package dev.keytrail.audit.trail;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.List;

/**
 * A field selector (cloudtrail.md G3): one of the first three lists must meet a value of the field, and none of the last
 * three may.
 */
public record Condition(
        String field,
        List<String> equal,
        List<String> startsWith,
        List<String> endsWith,
        List<String> notEqual,
        List<String> notStartsWith,
        List<String> notEndsWith) {
    public Condition {
        equal = List.copyOf(equal);
        startsWith = List.copyOf(startsWith);
        endsWith = List.copyOf(endsWith);
        notEqual = List.copyOf(notEqual);
        notStartsWith = List.copyOf(notStartsWith);
        notEndsWith = List.copyOf(notEndsWith);
    }

    public static Condition equal(String field, String value) {
        return new Condition(field, List.of(value), List.of(), List.of(), List.of(), List.of(), List.of());
    }

    /** How many values stand in it. */
    public int size() {
        return equal.size()
                + startsWith.size()
                + endsWith.size()
                + notEqual.size()
                + notStartsWith.size()
                + notEndsWith.size();
    }

    public boolean isEqualsOnly() {
        return size() == equal.size();
    }

    /** A field that the event does not have meets no positive condition and every negative one. */
    boolean holds(List<String> values) {
        boolean positive = equal.isEmpty() && startsWith.isEmpty() && endsWith.isEmpty();
        for (String value : values) {
            positive |= equal.contains(value)
                    || startsWith.stream().anyMatch(value::startsWith)
                    || endsWith.stream().anyMatch(value::endsWith);
            if (notEqual.contains(value)
                    || notStartsWith.stream().anyMatch(value::startsWith)
                    || notEndsWith.stream().anyMatch(value::endsWith)) {
                return false;
            }
        }
        return positive;
    }

    void write(RowWriter out) {
        out.text(field).texts(equal).texts(startsWith).texts(endsWith);
        out.texts(notEqual).texts(notStartsWith).texts(notEndsWith);
    }

    static Condition read(RowReader in) {
        return new Condition(in.text(), in.texts(), in.texts(), in.texts(), in.texts(), in.texts(), in.texts());
    }
}
