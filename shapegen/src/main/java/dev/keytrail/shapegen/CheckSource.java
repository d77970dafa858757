package dev.keytrail.shapegen;

import dev.keytrail.shapegen.ServiceShapes.Kind;
import dev.keytrail.shapegen.ServiceShapes.Member;
import tools.jackson.databind.JsonNode;

/** The package-private method of an input structure's record that checks it against the model's constraints. */
final class CheckSource {
    private final ServiceShapes shapes;
    private final String name;
    private final Lines out;

    CheckSource(ServiceShapes shapes, String name, Lines out) {
        this.shapes = shapes;
        this.name = name;
        this.out = out;
    }

    void check() {
        out.line("    void check(Place place) {");
        for (Member member : shapes.members(name)) {
            String component = member.component();
            String path = JavaNames.lowerFirst(member.name());
            boolean constrained = constrained(shapes, member.shape());
            if (member.required()) {
                out.line("        if (" + component + " == null) {");
                out.line("            place.absent(\"" + path + "\");");
                if (constrained) {
                    out.line("        } else {");
                    checking(member.shape(), path, component);
                }
                out.line("        }");
            } else if (constrained) {
                out.line("        if (" + component + ".isPresent()) {");
                checking(member.shape(), path, component + ".get()");
                out.line("        }");
            }
        }
        out.line("    }");
        out.line("");
    }

    private void checking(String shape, String path, String value) {
        String at = "\"" + path + "\", " + value;
        String indent = "            ";
        switch (shapes.kind(shape)) {
            case TEXT -> out.line(indent + "place.text(" + at + ", " + limit(shapes, shape) + ");");
            case SECRET_TEXT -> out.line(indent + "place.secretText(" + at + ", " + limit(shapes, shape) + ");");
            case BLOB -> out.line(indent + "place.blob(" + at + ", " + bounds(shape) + ");");
            case SECRET_BLOB -> out.line(indent + "place.secretBlob(" + at + ", " + bounds(shape) + ");");
            case INTEGER, LONG ->
                out.line(indent + "place.range(" + at + ", "
                        + shapes.shape(shape).path("min").asLong(Long.MIN_VALUE) + "L, "
                        + shapes.shape(shape).path("max").asLong(Long.MAX_VALUE) + "L);");
            case STRUCTURE -> out.line(indent + value + ".check(place.member(\"" + path + "\"));");
            case LIST -> checkingList(shape, path, value);
            case MAP -> checkingMap(shape, path, value);
            case BOOLEAN, DOUBLE, TIME, ENUM ->
                throw new IllegalStateException(shape + " has constraints not known here");
        }
    }

    private void checkingList(String shape, String path, String value) {
        String item = shapes.item(shape);
        String at = "\"" + path + "\", " + value + ", " + bounds(shape);
        switch (shapes.kind(item)) {
            case TEXT -> out.line("            place.texts(" + at + ", " + limit(shapes, item) + ");");
            case ENUM -> out.line("            place.list(" + at + ");");
            case STRUCTURE -> {
                if (!constrained(shapes, item)) {
                    out.line("            place.list(" + at + ");");
                    return;
                }
                out.line("            if (place.list(" + at + ")) {");
                out.line("                int index = 0;");
                out.line("                for (" + item + " item : " + value + ") {");
                out.line("                    item.check(place.item(\"" + path + "\", ++index));");
                out.line("                }");
                out.line("            }");
            }
            default -> throw new IllegalStateException(shape + ": lists of " + item + " are not checked yet");
        }
    }

    private void checkingMap(String shape, String path, String value) {
        String key = shapes.part(shape, "key");
        String part = shapes.part(shape, "value");
        String at = "\"" + path + "\", " + value;
        out.line("            if (place.map(" + at + ", " + bounds(shape) + ", " + limit(shapes, key) + ")) {");
        if (shapes.kind(part) == Kind.STRUCTURE) {
            out.line("                for (Map.Entry<String, " + part + "> entry : " + value + ".entrySet()) {");
            out.line("                    entry.getValue().check(place.entry(\"" + path + "\", entry.getKey()));");
            out.line("                }");
        } else if (shapes.kind(part) == Kind.TEXT) {
            out.line("                place.textValues(" + at + ", " + limit(shapes, part) + ");");
        } else {
            throw new IllegalStateException(shape + ": maps of " + part + " are not checked yet");
        }
        out.line("            }");
    }

    private String bounds(String shape) {
        JsonNode node = shapes.shape(shape);
        return node.path("min").asInt(-1) + ", " + node.path("max").asInt(-1);
    }

    static boolean isLimited(ServiceShapes shapes, String name) {
        JsonNode shape = shapes.shape(name);
        return shapes.type(name).equals("string") && (shape.has("min") || shape.has("max") || shape.has("pattern"));
    }

    private static String limit(ServiceShapes shapes, String shape) {
        return isLimited(shapes, shape) ? "Limits." + JavaNames.type(shape) : "Limits.NONE";
    }

    /** Whether a value of the shape can break a constraint after it was read. Recursive structures do not occur. */
    private static boolean constrained(ServiceShapes shapes, String name) {
        JsonNode shape = shapes.shape(name);
        boolean own = shape.has("min") || shape.has("max") || shape.has("pattern");
        return switch (shapes.kind(name)) {
            case ENUM, TIME, BOOLEAN, DOUBLE -> false;
            case LIST -> own || constrained(shapes, shapes.item(name));
            case MAP ->
                own || constrained(shapes, shapes.part(name, "key")) || constrained(shapes, shapes.part(name, "value"));
            case STRUCTURE ->
                shapes.members(name).stream()
                        .anyMatch(member -> member.required() || constrained(shapes, member.shape()));
            default -> own;
        };
    }
}
