package dev.keytrail.audit.chain;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * All keys of one log or one witness, which sign under one name. Who has them all wants all signatures: a checkpoint that
 * lacks one is not believed.
 *
 * @param keys at least one
 */
public record VerifierKeys(List<VerifierKey> keys) {
    private static final int KEYS_MAX = 8;

    public VerifierKeys {
        keys = List.copyOf(keys);
        if (keys.stream().map(VerifierKey::name).distinct().count() != 1) {
            throw new IllegalArgumentException("keys of no one name");
        }
    }

    public static VerifierKeys of(VerifierKey key) {
        return new VerifierKeys(List.of(key));
    }

    /** One key a line, or separated by spaces; empty when any of them is none, or they are of different names. */
    public static Optional<VerifierKeys> parse(String text) {
        List<VerifierKey> keys = new ArrayList<>();
        for (String line : text.strip().split("\\s+", KEYS_MAX + 1)) {
            Optional<VerifierKey> key = VerifierKey.parse(line);
            if (key.isEmpty()
                    || (!keys.isEmpty()
                            && !keys.getFirst().name().equals(key.get().name()))) {
                return Optional.empty();
            }
            keys.add(key.get());
        }
        return Optional.of(new VerifierKeys(keys));
    }

    public String name() {
        return keys.getFirst().name();
    }

    /** One key a line, without a line feed at the end. */
    public String text() {
        return String.join("\n", keys.stream().map(VerifierKey::text).toList());
    }
}
