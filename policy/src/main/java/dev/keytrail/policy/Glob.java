package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A pattern of literal characters, {@code *} (any run) and {@code ?} (any one UTF-16 unit), compiled. Immutable.
 *
 * <p>Matching never backtracks: between the first and the last run of literals, each is found at its leftmost place, in
 * time linear in the text (literals), or text times pattern / 64 (literals with {@code ?}). Patterns are written by
 * tenants and texts by callers, so neither may be able to make a decision slow.
 */
final class Glob {
    private final Segment[] segments;
    private final int charsMin;

    private Glob(List<Segment> segments) {
        this.segments = segments.toArray(Segment[]::new);
        this.charsMin = segments.stream().mapToInt(Segment::length).sum();
    }

    /** A pattern in policy notation, without variables. */
    static Glob of(String pattern) {
        Builder builder = new Builder();
        for (int i = 0; i < pattern.length(); i++) {
            switch (pattern.charAt(i)) {
                case '*' -> builder.star();
                case '?' -> builder.any();
                default -> builder.literal(pattern.substring(i, i + 1));
            }
        }
        return builder.build();
    }

    boolean matches(String text) {
        return matches(text, 0, text.length());
    }

    boolean matches(String text, int from, int to) {
        if (to - from < charsMin) {
            return false;
        }
        Segment first = segments[0];
        if (segments.length == 1) {
            return to - from == charsMin && first.isAt(text, from);
        }
        Segment last = segments[segments.length - 1];
        int end = to - last.length();
        if (!first.isAt(text, from) || !last.isAt(text, end)) {
            return false;
        }
        int at = from + first.length();
        for (int i = 1; i < segments.length - 1; i++) {
            int found = segments[i].find(text, at, end);
            if (found < 0) {
                return false;
            }
            at = found + segments[i].length();
        }
        return at <= end;
    }

    /** Whether the pattern is nothing but stars, and so matches every text. */
    boolean matchesAll() {
        return charsMin == 0 && segments.length > 1;
    }

    /** Puts a pattern together from pieces whose text is literal whatever it holds. */
    static final class Builder {
        private final List<Segment> segments = new ArrayList<>();
        private final StringBuilder text = new StringBuilder();
        private final List<Integer> anyAt = new ArrayList<>();

        Builder literal(String literal) {
            text.append(literal);
            return this;
        }

        Builder any() {
            anyAt.add(text.length());
            text.append('?');
            return this;
        }

        /** Stars in a row are one: an empty segment between two of them would change nothing. */
        Builder star() {
            if (segments.isEmpty() || !text.isEmpty()) {
                endSegment();
            }
            return this;
        }

        private void endSegment() {
            segments.add(new Segment(text.toString(), anyAt));
            text.setLength(0);
            anyAt.clear();
        }

        Glob build() {
            endSegment();
            return new Glob(segments);
        }
    }

    /** What stands between two stars. */
    private static final class Segment {
        /** Up to here the platform's own search is quickest, and its worst case is harmless. */
        private static final int PLAIN_SEARCH_CHARS_MAX = 16;

        private final String text;
        /** Places of {@code ?}; null when there are none. */
        private final boolean @Nullable [] any;
        /** Knuth-Morris-Pratt: length of the longest proper border of each prefix. Long literals only. */
        private final int @Nullable [] borders;

        Segment(String text, List<Integer> anyAt) {
            this.text = text;
            if (anyAt.isEmpty()) {
                this.any = null;
                this.borders = text.length() > PLAIN_SEARCH_CHARS_MAX ? borders(text) : null;
            } else {
                boolean[] places = new boolean[text.length()];
                anyAt.forEach(place -> places[place] = true);
                this.any = places;
                this.borders = null;
            }
        }

        int length() {
            return text.length();
        }

        boolean isAt(String haystack, int at) {
            boolean[] free = any;
            if (free == null) {
                return haystack.startsWith(text, at);
            }
            for (int i = 0; i < free.length; i++) {
                if (!free[i] && haystack.charAt(at + i) != text.charAt(i)) {
                    return false;
                }
            }
            return true;
        }

        /** The leftmost place in {@code [from, to)} where the whole segment fits, or -1. */
        int find(String haystack, int from, int to) {
            if (from > to) {
                return -1;
            }
            boolean[] free = any;
            if (free != null) {
                return findWithGaps(haystack, from, to, free);
            }
            int[] table = borders;
            return table == null ? haystack.indexOf(text, from, to) : findLong(haystack, from, to, table);
        }

        private int findLong(String haystack, int from, int to, int[] table) {
            int matched = 0;
            for (int i = from; i < to; i++) {
                char c = haystack.charAt(i);
                while (matched > 0 && text.charAt(matched) != c) {
                    matched = table[matched - 1];
                }
                if (text.charAt(matched) == c) {
                    matched++;
                }
                if (matched == text.length()) {
                    return i - matched + 1;
                }
            }
            return -1;
        }

        private static int[] borders(String text) {
            int[] table = new int[text.length()];
            int matched = 0;
            for (int i = 1; i < text.length(); i++) {
                while (matched > 0 && text.charAt(matched) != text.charAt(i)) {
                    matched = table[matched - 1];
                }
                if (text.charAt(matched) == text.charAt(i)) {
                    matched++;
                }
                table[i] = matched;
            }
            return table;
        }

        /** Shift-And: bit i of the state says that the first i + 1 characters end here. */
        private int findWithGaps(String haystack, int from, int to, boolean[] free) {
            int words = (free.length + 63) >>> 6;
            long[] other = new long[words];
            for (int i = 0; i < free.length; i++) {
                if (free[i]) {
                    other[i >>> 6] |= 1L << i;
                }
            }
            Map<Character, long[]> masks = new HashMap<>();
            for (int i = 0; i < free.length; i++) {
                if (!free[i]) {
                    masks.computeIfAbsent(text.charAt(i), _ -> other.clone())[i >>> 6] |= 1L << i;
                }
            }
            long[] state = new long[words];
            int lastWord = words - 1;
            long lastBit = 1L << (free.length - 1);
            for (int i = from; i < to; i++) {
                long[] mask = masks.getOrDefault(haystack.charAt(i), other);
                long carry = 1;
                for (int word = 0; word < words; word++) {
                    long shifted = state[word] << 1 | carry;
                    carry = state[word] >>> 63;
                    state[word] = shifted & mask[word];
                }
                if ((state[lastWord] & lastBit) != 0) {
                    return i - free.length + 1;
                }
            }
            return -1;
        }

        @Override
        public String toString() {
            return text + (any == null ? "" : Arrays.toString(any));
        }
    }
}
