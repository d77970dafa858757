package dev.keytrail.crypto;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Reads the files in {@code vectors/}: blocks of {@code name = value}, an empty line between two, origin on top. A line
 * {@code [name = value]} holds for all blocks from there on until the next such group.
 */
final class Vectors {
    private Vectors() {}

    record Case(Map<String, String> values) {
        String text(String name) {
            return Objects.requireNonNull(values.get(name), name);
        }

        byte[] bytes(String name) {
            String hex = text(name);
            return HexFormat.of().parseHex(hex.length() % 2 == 0 ? hex : "0" + hex);
        }

        boolean has(String name) {
            return values.containsKey(name);
        }

        /** What the file says of it: CAVP writes P or F, ACVP valid or invalid. */
        boolean passes() {
            return text("Result").startsWith("P") || text("Result").equals("valid");
        }

        KeyKind kind() {
            return KeyKind.of(text("Kind")).orElseThrow();
        }
    }

    static List<Case> read(String... files) {
        return Arrays.stream(files).flatMap(file -> read(file).stream()).toList();
    }

    static List<Case> read(String file) {
        List<Case> cases = new ArrayList<>();
        Map<String, String> group = new HashMap<>();
        Map<String, String> block = new HashMap<>();
        boolean inGroup = false;
        try (var lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(Vectors.class.getResourceAsStream("vectors/" + file)),
                StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                boolean grouping = line.startsWith("[");
                if (grouping && !inGroup) {
                    group = new HashMap<>();
                }
                inGroup = grouping;
                String text = grouping ? line.substring(1, line.length() - 1) : line;
                int equals = text.indexOf('=');
                if (line.isEmpty() && !block.isEmpty()) {
                    block.putAll(group);
                    cases.add(new Case(block));
                    block = new HashMap<>();
                } else if (!line.startsWith("#") && equals > 0) {
                    (grouping ? group : block)
                            .put(
                                    text.substring(0, equals).strip(),
                                    text.substring(equals + 1).strip());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }
}
