package dev.keytrail.wire.codec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What builders of generated records do to the parts they are given. */
public final class Parts {
    private Parts() {}

    public static <T> List<T> copy(List<T> list) {
        return List.copyOf(list);
    }

    /** Keeps the order: events and answers show maps as they were given. */
    public static <T> Map<String, T> copy(Map<String, T> map) {
        return Collections.unmodifiableMap(new LinkedHashMap<>(map));
    }

    public static void require(@Nullable Object value, String component) {
        if (value == null) {
            throw new IllegalStateException(component + " is required");
        }
    }
}
