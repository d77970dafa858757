package dev.keytrail.identity.sigv4;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The headers of a request in the order received, a repeated one as often as it was sent. Names without case. Immutable.
 *
 * <p>A value holds one character per byte received (ISO 8859-1), so that the bytes that were signed are known exactly.
 */
public final class HeaderList {
    private final List<String> names;
    private final List<String> values;

    private HeaderList(List<String> names, List<String> values) {
        this.names = names;
        this.values = values;
    }

    public static Builder builder() {
        return new Builder();
    }

    public int size() {
        return names.size();
    }

    /** Lower-case. */
    String name(int index) {
        return names.get(index);
    }

    String value(int index) {
        return values.get(index);
    }

    /** The first header of that name (lower-case). */
    public Optional<String> first(String name) {
        int at = find(name, 0);
        return at < 0 ? Optional.empty() : Optional.of(values.get(at));
    }

    /** Where the next header of that name is, from {@code from} on; -1 if there is none. */
    int find(String name, int from) {
        for (int i = from; i < names.size(); i++) {
            if (names.get(i).equals(name)) {
                return i;
            }
        }
        return -1;
    }

    /** Names only: values may hold credentials. */
    @Override
    public String toString() {
        return "HeaderList" + names;
    }

    /** Not thread-safe; use once. */
    public static final class Builder {
        private final List<String> names = new ArrayList<>(16);
        private final List<String> values = new ArrayList<>(16);

        private Builder() {}

        public Builder add(String name, String value) {
            names.add(name.toLowerCase(Locale.ROOT));
            values.add(value);
            return this;
        }

        public HeaderList build() {
            return new HeaderList(names, values);
        }
    }
}
