package dev.keytrail.shapegen;

import java.util.Set;
import javax.lang.model.SourceVersion;

/** How the models' names become Java's. */
final class JavaNames {
    /** Names that a record component must not have (JLS 8.10.1). */
    private static final Set<String> NOT_COMPONENTS =
            Set.of("clone", "finalize", "getClass", "hashCode", "notify", "notifyAll", "toString", "wait");

    private JavaNames() {}

    static String type(String shape) {
        return Character.toUpperCase(shape.charAt(0)) + shape.substring(1);
    }

    static String component(String member) {
        String name = lowerFirst(member);
        return SourceVersion.isKeyword(name) || NOT_COMPONENTS.contains(name) ? name + "_" : name;
    }

    /** The name that AWS's validation messages give a member. */
    static String lowerFirst(String member) {
        return Character.toLowerCase(member.charAt(0)) + member.substring(1);
    }

    static String constant(String value) {
        String name = value.replaceAll("[^A-Za-z0-9_]", "_");
        if (Character.isDigit(name.charAt(0)) || SourceVersion.isKeyword(name)) {
            name = "_" + name;
        }
        return name;
    }
}
