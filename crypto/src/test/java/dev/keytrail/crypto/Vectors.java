package dev.keytrail.crypto;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Reads the files in {@code vectors/}: blocks of {@code name = value}, an empty line between two, origin on top. */
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

        KeyKind kind() {
            return KeyKind.of(text("Kind")).orElseThrow();
        }
    }

    static List<Case> read(String file) {
        List<Case> cases = new ArrayList<>();
        Map<String, String> block = new HashMap<>();
        try (var lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(Vectors.class.getResourceAsStream("vectors/" + file)),
                StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int equals = line.indexOf('=');
                if (line.isEmpty() && !block.isEmpty()) {
                    cases.add(new Case(block));
                    block = new HashMap<>();
                } else if (!line.startsWith("#") && equals > 0) {
                    block.put(
                            line.substring(0, equals).strip(),
                            line.substring(equals + 1).strip());
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cases;
    }
}
