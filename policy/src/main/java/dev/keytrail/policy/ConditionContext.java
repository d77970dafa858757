package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Condition keys (without case) and their values (with case). Immutable; build with {@link #builder()}. */
public final class ConditionContext {
    public static final ConditionContext EMPTY = builder().build();

    private final Map<String, List<String>> values;

    private ConditionContext(Map<String, List<String>> values) {
        this.values = values;
    }

    /** Empty when the key is absent. */
    public Optional<List<String>> get(String key) {
        return Optional.ofNullable(values.get(key.toLowerCase(Locale.ROOT)));
    }

    public Builder toBuilder() {
        Builder builder = new Builder();
        builder.values.putAll(values);
        return builder;
    }

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder {
        private final Map<String, List<String>> values = new HashMap<>();

        private Builder() {}

        public Builder put(String key, String value) {
            values.put(key.toLowerCase(Locale.ROOT), List.of(value));
            return this;
        }

        public Builder put(String key, boolean value) {
            return put(key, Boolean.toString(value));
        }

        public Builder put(String key, long value) {
            return put(key, Long.toString(value));
        }

        /** Absent values leave the key absent. */
        public Builder put(String key, Optional<String> value) {
            value.ifPresent(v -> put(key, v));
            return this;
        }

        /** A multi-valued key; present even when empty. */
        public Builder putAll(String key, Iterable<String> all) {
            List<String> list = new ArrayList<>();
            all.forEach(list::add);
            values.put(key.toLowerCase(Locale.ROOT), List.copyOf(list));
            return this;
        }

        public ConditionContext build() {
            return new ConditionContext(Map.copyOf(values));
        }
    }
}
