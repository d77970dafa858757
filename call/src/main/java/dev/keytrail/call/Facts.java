package dev.keytrail.call;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

/**
 * A JSON object that an event may show: an allow-list by construction, for nothing but these types can be put in, and
 * neither {@link Secret} nor {@link Bytes} is among them. Members keep their order. Build with {@link #facts()}, then
 * treat as immutable.
 */
public final class Facts {
    /** CloudTrail's text form of dates inside parameters and responses (cloudtrail.md A5). */
    private static final DateTimeFormatter EVENT_DATE =
            DateTimeFormatter.ofPattern("MMM d, uuuu, h:mm:ss a", Locale.US).withZone(ZoneOffset.UTC);

    private final LinkedHashMap<String, Object> members = new LinkedHashMap<>();

    private Facts() {}

    public static Facts facts() {
        return new Facts();
    }

    public Facts put(String name, String value) {
        members.put(name, value);
        return this;
    }

    public Facts put(String name, boolean value) {
        members.put(name, value);
        return this;
    }

    public Facts put(String name, long value) {
        members.put(name, value);
        return this;
    }

    public Facts put(String name, double value) {
        members.put(name, value);
        return this;
    }

    public Facts put(String name, Facts value) {
        members.put(name, value);
        return this;
    }

    /** Written as English text, e.g. {@code Aug 10, 2022, 10:38:27 PM}. */
    public Facts put(String name, Instant value) {
        members.put(name, EVENT_DATE.format(value));
        return this;
    }

    public Facts putStrings(String name, Collection<String> values) {
        members.put(name, List.copyOf(values));
        return this;
    }

    public Facts putAll(String name, Collection<Facts> values) {
        members.put(name, List.copyOf(values));
        return this;
    }

    public Facts put(String name, Map<String, String> values) {
        Facts object = facts();
        values.forEach(object::put);
        members.put(name, object);
        return this;
    }

    /** The member is left out when the value is absent. */
    public Facts put(String name, Optional<String> value) {
        value.ifPresent(v -> members.put(name, v));
        return this;
    }

    /** The member is JSON {@code null}. */
    public Facts putNull(String name) {
        members.put(name, null);
        return this;
    }

    public boolean isEmpty() {
        return members.isEmpty();
    }

    /** Visits members in order; a value is a String, Boolean, Long, Double, Facts, List of String or of Facts, or null. */
    public void forEach(BiConsumer<String, Object> visitor) {
        members.forEach(visitor);
    }

    public Optional<Object> get(String name) {
        return Optional.ofNullable(members.get(name));
    }

    /** The members as a read-only map, nested ones included as {@link Facts}. */
    public Map<String, Object> asMap() {
        return Collections.unmodifiableMap(members);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Facts that && members.equals(that.members);
    }

    @Override
    public int hashCode() {
        return members.hashCode();
    }

    @Override
    public String toString() {
        return new ArrayList<>(members.keySet()).toString();
    }
}
