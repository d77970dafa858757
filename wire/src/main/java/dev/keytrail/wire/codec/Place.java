package dev.keytrail.wire.codec;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where in an input one is, and what is wrong there. Paths are AWS's: {@code numberOfBytes}, {@code tags.1.member.tagKey}
 * (items count from 1), {@code messageAttributes.colour.member.dataType}. Text is made only when something is wrong.
 *
 * <p>Strings in lists and maps are judged as AWS judges them, at the path of the whole: {@code Value '[a, b]' at
 * 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: [rules]}.
 */
public final class Place {
    private final Violations violations;
    private final @Nullable Place parent;
    private final String step;

    private Place(Violations violations, @Nullable Place parent, String step) {
        this.violations = violations;
        this.parent = parent;
        this.step = step;
    }

    public static Place root(Violations violations) {
        return new Place(violations, null, "");
    }

    public Place member(String member) {
        return new Place(violations, this, member);
    }

    public Place item(String member, int index) {
        return new Place(violations, this, member + "." + index + ".member");
    }

    public Place entry(String member, String key) {
        return new Place(violations, this, member + "." + key + ".member");
    }

    /** There is no value at this place itself. */
    public void absent() {
        violations.absent(path());
    }

    public void absent(String member) {
        violations.absent(path(member));
    }

    public void notOneOf(String member, String value, String set) {
        violations.quote(path(member), value, Rules.oneOf(set));
    }

    public void itemsNotOneOf(String member, List<String> values, String set) {
        violations.quote(path(member), shown(values), Rules.items("[" + Rules.oneOf(set) + "]"));
    }

    public void text(String member, String value, TextLimit limit) {
        for (String rule : limit.broken(value)) {
            violations.quote(path(member), value, rule);
        }
    }

    public void secretText(String member, Secret value, TextLimit limit) {
        for (String rule : limit.broken(value)) {
            violations.hide(path(member), rule);
        }
    }

    public void blob(String member, Bytes value, int min, int max) {
        size(member, value.size(), min, max);
    }

    public void secretBlob(String member, Secret value, int min, int max) {
        size(member, value.sizeBytes(), min, max);
    }

    public void range(String member, long value, long min, long max) {
        if (value < min) {
            violations.quote(path(member), Long.toString(value), Rules.least(min));
        } else if (value > max) {
            violations.quote(path(member), Long.toString(value), Rules.greatest(max));
        }
    }

    /** False when the list is too long for its items to be looked at. Its items are not shown: they are structures. */
    public boolean list(String member, List<?> value, int min, int max) {
        return size(member, value.size(), min, max);
    }

    public void texts(String member, List<String> values, int min, int max, TextLimit each) {
        String rule = sizeRule(values.size(), min, max);
        if (!rule.isEmpty()) {
            violations.quote(path(member), shown(values), rule);
        }
        if (isTooMany(values.size(), max)) {
            return;
        }
        for (String value : values) {
            if (!each.broken(value).isEmpty()) {
                violations.quote(path(member), shown(values), Rules.items(each.all()));
                return;
            }
        }
    }

    /** False when the map is too large for its entries to be looked at. */
    public boolean map(String member, Map<String, ?> value, int min, int max, TextLimit keys) {
        if (!size(member, value.size(), min, max)) {
            return false;
        }
        for (String key : value.keySet()) {
            if (!keys.broken(key).isEmpty()) {
                violations.hide(path(member), Rules.keys(keys.all()));
                break;
            }
        }
        return true;
    }

    public void textValues(String member, Map<String, String> map, TextLimit values) {
        for (String value : map.values()) {
            if (!values.broken(value).isEmpty()) {
                violations.quote(path(member), map.toString(), Rules.values(values.all()));
                return;
            }
        }
    }

    private boolean size(String member, int size, int min, int max) {
        String rule = sizeRule(size, min, max);
        if (!rule.isEmpty()) {
            violations.hide(path(member), rule);
        }
        return !isTooMany(size, max);
    }

    private static boolean isTooMany(int size, int max) {
        return max != TextLimit.NONE && size > max;
    }

    private static String sizeRule(int size, int min, int max) {
        if (isTooMany(size, max)) {
            return Rules.longest(max);
        }
        return size < min ? Rules.shortest(min) : "";
    }

    /** A list is quoted up to a bound, so its text is made of no more items than that bound can show. */
    private static String shown(List<String> values) {
        return values.subList(0, Math.min(values.size(), Violations.QUOTED_MAX)).toString();
    }

    private String path(String member) {
        String prefix = path();
        return prefix.isEmpty() ? member : prefix + "." + member;
    }

    private String path() {
        if (parent == null) {
            return "";
        }
        return parent.path(step);
    }
}
