package dev.keytrail.policy;

import java.util.List;

/**
 * A pattern over ARNs: each of the six parts is matched apart, so that a star in one never reaches into the next. A bare
 * {@code *} matches everything, ARN or not. Parts missing at the end match anything.
 */
final class ArnPattern {
    private final Template whole;
    private final boolean all;
    private final List<Template> parts;

    private ArnPattern(Template whole) {
        this.whole = whole;
        this.all = whole.matchesAll();
        this.parts = whole.arnParts();
    }

    /** @throws MalformedPolicy on a broken variable */
    static ArnPattern of(String text, boolean variables) {
        return new ArnPattern(Template.wild(text, variables));
    }

    boolean matchesAll() {
        return all;
    }

    boolean matches(String arn, Access access) {
        if (all) {
            return true;
        }
        int from = 0;
        for (int i = 0; i < 5; i++) {
            int colon = arn.indexOf(':', from);
            if (colon < 0 || !parts.get(i).matches(arn, from, colon, access)) {
                return false;
            }
            from = colon + 1;
        }
        return parts.get(5).matches(arn, from, arn.length(), access);
    }

    @Override
    public String toString() {
        return whole.toString();
    }
}
