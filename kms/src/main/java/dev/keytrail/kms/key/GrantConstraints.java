package dev.keytrail.kms.key;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Limits of a grant (kms.md section 14). Of the two context constraints one at most. Their keys compare without case,
 * values with case; a context with two keys that differ in case alone is within no constraint.
 *
 * @param contextEquals the request's context must be just this
 * @param contextSubset the request's context must hold this
 * @param sourceArn what the service that calls acts for
 */
public record GrantConstraints(
        Optional<Map<String, String>> contextEquals,
        Optional<Map<String, String>> contextSubset,
        Optional<String> sourceArn) {
    /** AWS's bounds of one context constraint. */
    public static final int PAIRS_MAX = 8;

    public static final int CHARACTERS_MAX = 384;

    public static final GrantConstraints NONE =
            new GrantConstraints(Optional.empty(), Optional.empty(), Optional.empty());

    /** @throws dev.keytrail.call.Refused ValidationException */
    public void demandWithinBounds() {
        if (contextEquals.isPresent() && contextSubset.isPresent()) {
            throw KmsErrors.invalid(
                    "EncryptionContextEquals and EncryptionContextSubset cannot both be specified in grant constraints.");
        }
        Map<String, String> pairs = contextEquals.or(() -> contextSubset).orElse(Map.of());
        int characters = 0;
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            characters += pair.getKey().length() + pair.getValue().length();
        }
        if (pairs.size() > PAIRS_MAX || characters > CHARACTERS_MAX) {
            throw KmsErrors.invalid("A grant constraint can have at most " + PAIRS_MAX
                    + " encryption context pairs of at most " + CHARACTERS_MAX + " characters in all.");
        }
        if (withoutCase(pairs).isEmpty()) {
            throw KmsErrors.invalid("The keys of a grant constraint must differ in more than their case.");
        }
    }

    public boolean limitContext() {
        return contextEquals.isPresent() || contextSubset.isPresent();
    }

    public boolean allow(EncryptionContext context) {
        if (!limitContext()) {
            return true;
        }
        Optional<Map<String, String>> given = withoutCase(context.pairs());
        if (given.isEmpty()) {
            return false;
        }
        if (contextEquals.isPresent()) {
            return withoutCase(contextEquals.get()).equals(given);
        }
        return holds(given.get(), contextSubset.get());
    }

    /** Whether everything that these constraints allow the {@code other} ones allow too. */
    public boolean areAtLeastAsStrictAs(GrantConstraints other) {
        if (other.sourceArn.isPresent() && !other.sourceArn.equals(sourceArn)) {
            return false;
        }
        if (other.contextEquals.isPresent()) {
            return contextEquals.isPresent()
                    && withoutCase(contextEquals.get()).equals(withoutCase(other.contextEquals.get()));
        }
        if (other.contextSubset.isPresent()) {
            Map<String, String> mine = contextEquals.or(() -> contextSubset).orElse(Map.of());
            return withoutCase(mine)
                    .filter(all -> holds(all, other.contextSubset.get()))
                    .isPresent();
        }
        return true;
    }

    private static boolean holds(Map<String, String> all, Map<String, String> some) {
        return withoutCase(some)
                .filter(wanted -> all.entrySet().containsAll(wanted.entrySet()))
                .isPresent();
    }

    /** Keys in one case and sorted; empty when two of them become one. */
    static Optional<Map<String, String>> withoutCase(Map<String, String> pairs) {
        TreeMap<String, String> folded = new TreeMap<>();
        for (Map.Entry<String, String> pair : pairs.entrySet()) {
            if (folded.put(pair.getKey().toLowerCase(Locale.ROOT), pair.getValue()) != null) {
                return Optional.empty();
            }
        }
        return Optional.of(folded);
    }

    void write(RowWriter out) {
        out.optional(contextEquals, (pairs, to) -> to.texts(pairs))
                .optional(contextSubset, (pairs, to) -> to.texts(pairs))
                .optionalText(sourceArn);
    }

    static GrantConstraints read(RowReader in) {
        return new GrantConstraints(
                in.optional(RowReader::textMap), in.optional(RowReader::textMap), in.optionalText());
    }
}
