package dev.keytrail.wire;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Form parameters as the tree that the dots in their names make. Built once, then only read. */
final class FormNode {
    /** Names with more parts than any model has are refused. */
    static final int DEPTH_MAX = 16;

    private final Map<String, FormNode> children = new LinkedHashMap<>();
    private @Nullable String value;

    static FormNode of(FormParameters parameters) {
        FormNode root = new FormNode();
        parameters.asMap().forEach((name, value) -> {
            String[] steps = name.split("\\.", DEPTH_MAX + 1);
            if (steps.length > DEPTH_MAX) {
                throw FormReader.malformed("Parameter name has too many parts");
            }
            FormNode node = root;
            for (String step : steps) {
                node = node.children.computeIfAbsent(step, _ -> new FormNode());
            }
            node.value = value;
        });
        return root;
    }

    Map<String, FormNode> children() {
        return children;
    }

    @Nullable
    String value() {
        return value;
    }

    /** A list or map without anything in it is sent as its bare name. */
    boolean isEmpty() {
        return children.isEmpty() && (value == null || value.isEmpty());
    }
}
