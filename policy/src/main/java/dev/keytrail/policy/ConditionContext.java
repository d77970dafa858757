package dev.keytrail.policy;

import dev.keytrail.call.Call;
import dev.keytrail.call.Origin;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Condition keys (without case) and their values (with case). Immutable; build with {@link #builder()}, or with
 * {@link CallerContext#of} to have the caller's keys too.
 *
 * <p>Made for every call and read by few: values are kept as they come and turned into text when a condition asks. A key
 * without values counts as absent.
 */
public final class ConditionContext {
    public static final ConditionContext EMPTY = builder().build();

    /** Answers the {@code aws:*} keys that follow from a call; null when there is none. */
    private final @Nullable Call call;
    /** Key, value, key, value ... with the latest last. A value is a String, Boolean, Long, LongSupplier or List of String. */
    private final Object[] entries;

    private final int used;

    private ConditionContext(@Nullable Call call, Object[] entries, int used) {
        this.call = call;
        this.entries = entries;
        this.used = used;
    }

    /** Empty when the key is absent; a multi-valued key may be present with an empty list. */
    public Optional<List<String>> get(String key) {
        for (int i = used - 2; i >= 0; i -= 2) {
            if (key.equalsIgnoreCase((String) entries[i])) {
                return Optional.of(asTexts(entries[i + 1]));
            }
        }
        return call == null ? Optional.empty() : CallerContext.get(call, canonical(key));
    }

    /** The VPC endpoint that the call came through. */
    Optional<Origin.Endpoint> endpoint() {
        return call == null ? Optional.empty() : call.origin().endpoint();
    }

    @SuppressWarnings("unchecked")
    private static List<String> asTexts(Object value) {
        return switch (value) {
            case List<?> list -> (List<String>) list;
            case LongSupplier asked -> List.of(Long.toString(asked.getAsLong()));
            default -> List.of(value.toString());
        };
    }

    /** The form in which keys are compared. */
    static String canonical(String key) {
        return key.toLowerCase(Locale.ROOT);
    }

    public Builder toBuilder() {
        Builder builder = new Builder(call);
        builder.entries = entries;
        builder.used = used;
        builder.shared = true;
        return builder;
    }

    public static Builder builder() {
        return new Builder(null);
    }

    static Builder builder(Call call) {
        return new Builder(call);
    }

    /** Not thread-safe. May be built from several times; each result keeps what it had. */
    public static final class Builder {
        private static final int ENTRIES_AT_FIRST = 16;

        private final @Nullable Call call;
        private Object[] entries = new Object[2 * ENTRIES_AT_FIRST];
        private int used;
        /** The array belongs to a context already: copy before writing. */
        private boolean shared;

        private Builder(@Nullable Call call) {
            this.call = call;
        }

        private Builder add(String key, Object value) {
            if (shared || used == entries.length) {
                entries = Arrays.copyOf(entries, Math.max(entries.length, used + 2 * ENTRIES_AT_FIRST));
                shared = false;
            }
            entries[used] = key;
            entries[used + 1] = value;
            used += 2;
            return this;
        }

        public Builder put(String key, String value) {
            return add(key, value);
        }

        public Builder put(String key, boolean value) {
            return add(key, value);
        }

        public Builder put(String key, long value) {
            return add(key, value);
        }

        /** For a value that is dear to find: it is asked for when a condition asks, each time. */
        public Builder put(String key, LongSupplier whenAsked) {
            return add(key, whenAsked);
        }

        /** Absent values leave the key as it is. */
        public Builder put(String key, Optional<String> value) {
            return value.isPresent() ? add(key, value.get()) : this;
        }

        /** A multi-valued key; an empty one counts as absent in conditions. */
        public Builder putAll(String key, Iterable<String> all) {
            List<String> list = new ArrayList<>();
            all.forEach(list::add);
            return add(key, List.copyOf(list));
        }

        public ConditionContext build() {
            shared = true;
            return new ConditionContext(call, entries, used);
        }
    }
}
