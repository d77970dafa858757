package dev.keytrail.audit.bucket;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** The headers of a request: names without case, values as sent but for outer blanks. Immutable. */
public final class S3Headers {
    private final Map<String, List<String>> values;

    private S3Headers(Map<String, List<String>> values) {
        this.values = values;
    }

    public static S3Headers of(Map<String, List<String>> headers) {
        Map<String, List<String>> lowered = new TreeMap<>();
        headers.forEach((name, all) -> {
            List<String> list = lowered.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new ArrayList<>());
            all.forEach(value -> list.add(value.strip()));
        });
        return new S3Headers(lowered);
    }

    /** The header's values joined by commas (RFC 9110 section 5.3). {@code name} in lower case. */
    public Optional<String> get(String name) {
        return Optional.ofNullable(values.get(name)).map(all -> String.join(",", all));
    }

    public boolean has(String name) {
        return values.containsKey(name);
    }

    /** All names, in lower case and alphabetical order. */
    public Set<String> names() {
        return values.keySet();
    }
}
