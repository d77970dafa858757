package dev.keytrail.audit.insight;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How often calls had which values: {@code userIdentityArn}, {@code userAgent}, {@code errorCode} (cloudtrail.md J1).
 * Bounded: values beyond the first so many are not told apart. Immutable.
 */
record Counts(Map<String, Map<String, Long>> byAttribute) {
    static final Counts NONE = new Counts(Map.of());

    /** Values of one attribute. AWS shows five. */
    static final int VALUES_MAX = 20;

    static final int SHOWN_MAX = 5;

    Counts {
        Map<String, Map<String, Long>> copy = new TreeMap<>();
        byAttribute.forEach((name, values) -> copy.put(name, Map.copyOf(values)));
        byAttribute = copy;
    }

    Counts plus(Counts more) {
        Map<String, Map<String, Long>> sum = new HashMap<>();
        byAttribute.forEach((name, values) -> sum.put(name, new HashMap<>(values)));
        more.byAttribute.forEach((name, values) -> {
            Map<String, Long> to = sum.computeIfAbsent(name, _ -> new HashMap<>());
            new TreeMap<>(values).forEach((value, count) -> {
                if (to.containsKey(value) || to.size() < VALUES_MAX) {
                    to.merge(value, count, Long::sum);
                }
            });
        });
        return new Counts(sum);
    }

    /** The most frequent ones, most frequent first. */
    Map<String, Long> top(String attribute) {
        Map<String, Long> shown = new LinkedHashMap<>();
        byAttribute.getOrDefault(attribute, Map.of()).entrySet().stream()
                .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(SHOWN_MAX)
                .forEach(entry -> shown.put(entry.getKey(), entry.getValue()));
        return shown;
    }

    void write(RowWriter out) {
        out.list(
                List.copyOf(byAttribute.entrySet()),
                (attribute, to) -> to.text(attribute.getKey())
                        .list(
                                List.copyOf(new TreeMap<>(attribute.getValue()).entrySet()),
                                (value, row) -> row.text(value.getKey()).number(value.getValue())));
    }

    static Counts read(RowReader in) {
        Map<String, Map<String, Long>> all = new HashMap<>();
        in.list(attribute -> {
            Map<String, Long> values = new HashMap<>();
            all.put(attribute.text(), values);
            return attribute.list(value -> values.put(value.text(), value.number()) == null);
        });
        return new Counts(all);
    }
}
