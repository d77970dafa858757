package dev.keytrail.shapegen;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Java source of one enumerated string. */
final class EnumSource {
    private EnumSource() {}

    static String source(ServiceShapes shapes, String name) {
        Map<String, String> constants = new LinkedHashMap<>();
        shapes.shape(name).path("enum").forEach(value -> {
            String text = value.asString("");
            if (constants.put(JavaNames.constant(text), text) != null) {
                throw new IllegalStateException(name + " has two values that are " + JavaNames.constant(text));
            }
        });
        String type = JavaNames.type(name);
        Lines out = new Lines();
        out.line("package " + shapes.packageName() + ";");
        out.line("");
        out.line("import dev.keytrail.wire.codec.Place;");
        out.line("import dev.keytrail.wire.codec.ShapeReader;");
        out.line("import java.util.ArrayList;");
        out.line("import java.util.Arrays;");
        out.line("import java.util.Collections;");
        out.line("import java.util.List;");
        out.line("import java.util.Optional;");
        out.line("import org.jspecify.annotations.Nullable;");
        out.line("");
        out.line("/** The values of {@code " + name + "} in the " + shapes.service() + " model. */");
        out.line("public enum " + type + " {");
        List<String> declared = new ArrayList<>();
        constants.forEach(
                (constant, text) -> declared.add("    " + constant + "(" + ShapeGenerator.literal(text) + ")"));
        out.line(String.join(",\n", declared) + ";");
        out.line("");
        out.line("    private final String value;");
        out.line("");
        out.line("    " + type + "(String value) {");
        out.line("        this.value = value;");
        out.line("    }");
        out.line("");
        out.line("    /** The text on the wire. */");
        out.line("    public String value() {");
        out.line("        return value;");
        out.line("    }");
        out.line("");
        out.line("    /** Empty when no such value is known. */");
        out.line("    public static Optional<" + type + "> of(String value) {");
        out.line("        return Optional.ofNullable(find(value));");
        out.line("    }");
        out.line("");
        out.line("    static @Nullable " + type + " find(String value) {");
        out.line("        return switch (value) {");
        constants.forEach((constant, text) ->
                out.line("            case " + ShapeGenerator.literal(text) + " -> " + constant + ";"));
        out.line("            default -> null;");
        out.line("        };");
        out.line("    }");
        out.line("");
        reading(out, type);
        out.line("    @Override");
        out.line("    public String toString() {");
        out.line("        return value;");
        out.line("    }");
        out.line("}");
        return out.toString();
    }

    private static void reading(Lines out, String type) {
        out.line("    /** Null, and the place told, when the value is not known. */");
        out.line("    static @Nullable " + type + " read(ShapeReader in, Place place, String member) {");
        out.line("        String text = in.text();");
        out.line("        " + type + " found = find(text);");
        out.line("        if (found == null) {");
        out.line("            place.notOneOf(member, text, Arrays.toString(values()));");
        out.line("        }");
        out.line("        return found;");
        out.line("    }");
        out.line("");
        out.line("    static List<" + type + "> readList(ShapeReader in, Place place, String member) {");
        out.line("        List<String> texts = in.texts(place, member);");
        out.line("        List<" + type + "> list = new ArrayList<>(texts.size());");
        out.line("        for (String text : texts) {");
        out.line("            " + type + " found = find(text);");
        out.line("            if (found == null) {");
        out.line("                place.itemsNotOneOf(member, texts, Arrays.toString(values()));");
        out.line("                return Collections.unmodifiableList(list);");
        out.line("            }");
        out.line("            list.add(found);");
        out.line("        }");
        out.line("        return Collections.unmodifiableList(list);");
        out.line("    }");
        out.line("");
    }
}
