package dev.keytrail.wire.codec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * All that is wrong with one input, in AWS's words: {@code N validation error(s) detected: Value 'v' at 'path' failed to
 * satisfy constraint: rule; ...}. One thread.
 */
public final class Violations {
    /** Most violations told; an input that breaks more is refused with these, so that a message stays readable. */
    static final int COUNT_MAX = 50;

    /** Longest value quoted; what is beyond is cut off, for the message also goes into the event. */
    static final int QUOTED_MAX = 1024;

    /** Members that carry something secret although their models do not say so: codes, tokens, assertions of others. */
    private static final Pattern SECRET_MEMBER = Pattern.compile(
            "(.*\\.)?(tokenCode|authenticationCode[12]|grantTokens?(\\..*)?|token|contextAssertion|sessionToken)");

    private final List<String> told = new ArrayList<>(0);
    private final Set<String> paths = new HashSet<>(0);

    void quote(String path, String value, String rule) {
        if (SECRET_MEMBER.matcher(path).matches()) {
            hide(path, rule);
            return;
        }
        add(path, "Value '" + cut(value) + "' at '" + cut(path) + "' failed to satisfy constraint: " + rule);
    }

    /** Sensitive values and blobs are not shown. */
    void hide(String path, String rule) {
        add(path, "Value at '" + cut(path) + "' failed to satisfy constraint: " + rule);
    }

    /** Says nothing if the value at the path was already refused: then it was there. */
    void absent(String path) {
        if (!paths.contains(cut(path))) {
            add(path, "Value null at '" + cut(path) + "' failed to satisfy constraint: " + Rules.NOT_NULL);
        }
    }

    /** The message of the ValidationException; empty when nothing is wrong. */
    public Optional<String> message() {
        if (told.isEmpty()) {
            return Optional.empty();
        }
        String head = told.size() == 1 ? "1 validation error" : told.size() + " validation errors";
        return Optional.of(head + " detected: " + String.join("; ", told));
    }

    private void add(String path, String text) {
        if (told.size() < COUNT_MAX) {
            told.add(text);
            paths.add(cut(path));
        }
    }

    /** Paths too can be long: they hold the keys of maps. */
    private static String cut(String text) {
        if (text.length() <= QUOTED_MAX) {
            return text;
        }
        int end = Character.isHighSurrogate(text.charAt(QUOTED_MAX - 1)) ? QUOTED_MAX - 1 : QUOTED_MAX;
        return text.substring(0, end) + "...";
    }
}
