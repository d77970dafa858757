package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One operator over one key of a Condition element, compiled. Immutable. */
final class Condition {
    /** How many of a multi-valued key's values must match. */
    enum Qualifier {
        NONE(""),
        ANY("ForAnyValue:"),
        ALL("ForAllValues:");

        private final String prefix;

        Qualifier(String prefix) {
            this.prefix = prefix;
        }
    }

    private static final String IF_EXISTS = "IfExists";

    private final Qualifier qualifier;
    private final Operator operator;
    private final boolean ifExists;
    private final String keyAsWritten;
    private final String key;
    private final List<String> texts;
    private final Wanted[] wanted;

    private Condition(
            Qualifier qualifier,
            Operator operator,
            boolean ifExists,
            String key,
            List<String> texts,
            boolean variables) {
        this.qualifier = qualifier;
        this.operator = operator;
        this.ifExists = ifExists;
        this.keyAsWritten = key;
        this.key = ConditionContext.canonical(key);
        this.texts = List.copyOf(texts);
        this.wanted =
                texts.stream().map(text -> Wanted.of(operator, text, variables)).toArray(Wanted[]::new);
    }

    /** @throws MalformedPolicy on an unknown operator or a value that is not of the operator's type */
    static Condition of(String operatorAsWritten, String key, List<String> values, boolean variables) {
        String name = operatorAsWritten;
        Qualifier qualifier = Qualifier.NONE;
        for (Qualifier each : List.of(Qualifier.ANY, Qualifier.ALL)) {
            if (name.regionMatches(true, 0, each.prefix, 0, each.prefix.length())) {
                qualifier = each;
                name = name.substring(each.prefix.length());
                break;
            }
        }
        boolean ifExists = name.toLowerCase(Locale.ROOT).endsWith(IF_EXISTS.toLowerCase(Locale.ROOT));
        if (ifExists) {
            name = name.substring(0, name.length() - IF_EXISTS.length());
        }
        Operator operator = Operator.named(name)
                .orElseThrow(() -> new MalformedPolicy("Invalid Condition type : " + Json.shown(operatorAsWritten)));
        if (operator == Operator.NULL && (ifExists || qualifier != Qualifier.NONE)) {
            throw new MalformedPolicy("Invalid Condition type : " + Json.shown(operatorAsWritten));
        }
        if (key.isBlank()) {
            throw new MalformedPolicy("Empty condition key under " + operator + ".");
        }
        return new Condition(qualifier, operator, ifExists, key, values, variables);
    }

    boolean holds(Access access) {
        List<String> actual = access.valuesOf(key);
        if (operator == Operator.NULL) {
            return anyWanted(Boolean.toString(actual.isEmpty()), access);
        }
        if (actual.isEmpty()) {
            return ifExists || qualifier == Qualifier.ALL || (qualifier == Qualifier.NONE && operator.negated());
        }
        // Several values without a qualifier: read as "any" when positive, as "all" when negated.
        boolean all = qualifier == Qualifier.ALL || (qualifier == Qualifier.NONE && operator.negated());
        for (String value : actual) {
            boolean holds = anyWanted(value, access) != operator.negated();
            if (holds != all) {
                return holds;
            }
        }
        return all;
    }

    private boolean anyWanted(String actual, Access access) {
        for (Wanted each : wanted) {
            if (each.matches(actual, access)) {
                return true;
            }
        }
        return false;
    }

    /** Why the condition does not hold: operator, key, wanted and actual values, shortened. */
    Grounds.Mismatch.ConditionFails mismatch(Access access) {
        return new Grounds.Mismatch.ConditionFails(
                qualifier.prefix + operator + (ifExists ? IF_EXISTS : ""),
                keyAsWritten,
                shown(texts),
                shown(access.valuesOf(key)));
    }

    private static final int SHOWN_MAX = 10;

    private static List<String> shown(List<String> values) {
        List<String> shown = new ArrayList<>();
        for (String value : values.subList(0, Math.min(SHOWN_MAX, values.size()))) {
            shown.add(Json.shown(value));
        }
        if (values.size() > SHOWN_MAX) {
            shown.add((values.size() - SHOWN_MAX) + " more");
        }
        return shown;
    }
}
