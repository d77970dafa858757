package dev.keytrail.wire.codec;

/** AWS's words for the constraints of a model (kms.md section 22). */
final class Rules {
    static final String NOT_NULL = "Member must not be null";

    private Rules() {}

    static String longest(long max) {
        return "Member must have length less than or equal to " + max;
    }

    static String shortest(long min) {
        return "Member must have length greater than or equal to " + min;
    }

    static String greatest(long max) {
        return "Member must have value less than or equal to " + max;
    }

    static String least(long min) {
        return "Member must have value greater than or equal to " + min;
    }

    static String pattern(String pattern) {
        return "Member must satisfy regular expression pattern: " + pattern;
    }

    static String oneOf(String set) {
        return "Member must satisfy enum value set: " + set;
    }

    static String items(String rules) {
        return "Member must satisfy constraint: " + rules;
    }

    static String keys(String rules) {
        return "Map keys must satisfy constraint: " + rules;
    }

    static String values(String rules) {
        return "Map value must satisfy constraint: " + rules;
    }
}
