package dev.keytrail.wire.codec;

import dev.keytrail.call.Secret;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a model demands of a string: its length in code points and a pattern that the whole of it must match. Thread-safe;
 * the pattern is compiled at its first use.
 */
public final class TextLimit {
    /** No bound on this side. */
    public static final int NONE = -1;

    private final int min;
    private final int max;
    private final String pattern;
    private volatile @Nullable Pattern compiled;

    /**
     * @param min fewest code points, or {@link #NONE}
     * @param max most code points, or {@link #NONE}
     * @param pattern a regular expression, or the empty string
     */
    public TextLimit(int min, int max, String pattern) {
        this.min = min;
        this.max = max;
        this.pattern = pattern;
    }

    /** The texts of the constraints that {@code value} breaks: none nearly always. */
    List<String> broken(String value) {
        if (fits(value)) {
            return List.of();
        }
        return broken(value, value.codePointCount(0, value.length()));
    }

    List<String> broken(Secret value) {
        CharBuffer chars = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(value.reveal()));
        try {
            return broken(chars, (int) chars.codePoints().count());
        } finally {
            Arrays.fill(chars.array(), '\0');
        }
    }

    /** All constraints, as AWS lists them for items of lists and parts of maps. */
    String all() {
        List<String> rules = new ArrayList<>();
        if (max != NONE) {
            rules.add(Rules.longest(max));
        }
        if (min != NONE) {
            rules.add(Rules.shortest(min));
        }
        if (!pattern.isEmpty()) {
            rules.add(Rules.pattern(pattern));
        }
        return rules.toString();
    }

    private boolean fits(String value) {
        int units = value.length();
        // A code point is one or two units, so these settle nearly all cases without counting.
        boolean lengthSettled = (max == NONE || units <= max) && (min <= 1 ? units >= min : units / 2 >= min);
        return lengthSettled && (pattern.isEmpty() || matches(value));
    }

    private List<String> broken(CharSequence value, int codePoints) {
        if (max != NONE && codePoints > max) {
            // The pattern is not tried: the length bound is what bounds the work of matching.
            return List.of(Rules.longest(max));
        }
        List<String> rules = new ArrayList<>(2);
        if (codePoints < min) {
            rules.add(Rules.shortest(min));
        }
        if (!pattern.isEmpty() && !matches(value)) {
            rules.add(Rules.pattern(pattern));
        }
        return rules;
    }

    private boolean matches(CharSequence value) {
        Pattern ready = compiled;
        if (ready == null) {
            ready = Pattern.compile(pattern);
            compiled = ready;
        }
        return ready.matcher(value).matches();
    }
}
