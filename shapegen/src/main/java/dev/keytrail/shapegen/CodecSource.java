package dev.keytrail.shapegen;

import dev.keytrail.shapegen.ServiceShapes.Kind;
import dev.keytrail.shapegen.ServiceShapes.Member;

/** The package-private methods of a structure's record that read and write it. */
final class CodecSource {
    private final ServiceShapes shapes;
    private final String name;
    private final Lines out;
    private final Lines readers = new Lines();

    CodecSource(ServiceShapes shapes, String name, Lines out) {
        this.shapes = shapes;
        this.name = name;
        this.out = out;
    }

    void read() {
        out.line("    static " + name + " read(ShapeReader in, Place place) {");
        out.line("        Builder to = new Builder();");
        out.line("        in.beginStructure();");
        out.line("        for (String member = in.nextMember(); member != null; member = in.nextMember()) {");
        out.line("            switch (member) {");
        for (Member member : shapes.members(name)) {
            String value = reading(member.shape(), JavaNames.lowerFirst(member.name()), JavaNames.type(member.name()));
            out.line(
                    "                case \"" + member.name() + "\" -> to." + member.component() + " = " + value + ";");
        }
        out.line("                default -> in.skip();");
        out.line("            }");
        out.line("        }");
        out.line("        return to.make();");
        out.line("    }");
        out.line("");
        out.line(readers.toString());
    }

    /** An expression that reads a value of the shape. */
    private String reading(String shape, String path, String method) {
        String at = "\"" + path + "\"";
        return switch (shapes.kind(shape)) {
            case ENUM -> JavaNames.type(shape) + ".read(in, place, " + at + ")";
            case STRUCTURE -> shape + ".read(in, place.member(" + at + "))";
            case LIST ->
                switch (shapes.kind(shapes.item(shape))) {
                    case TEXT -> "in.texts(place, " + at + ")";
                    case ENUM -> JavaNames.type(shapes.item(shape)) + ".readList(in, place, " + at + ")";
                    default -> {
                        listReader(shape, path, method);
                        yield "read" + method + "(in, place)";
                    }
                };
            case MAP -> {
                if (shapes.kind(shapes.part(shape, "value")) == Kind.TEXT) {
                    yield "in.textMap(place, " + at + ", " + entryNames(shape) + ")";
                }
                mapReader(shape, path, method);
                yield "read" + method + "(in, place)";
            }
            default -> "in." + scalar(shapes.kind(shape)) + "()";
        };
    }

    private void listReader(String shape, String path, String method) {
        String item = shapes.item(shape);
        String value = shapes.kind(item) == Kind.STRUCTURE
                ? item + ".read(in, place.item(\"" + path + "\", index))"
                : reading(item, path, method + "Item");
        String type = shapes.javaType(shape);
        readers.line("    private static " + type + " read" + method + "(ShapeReader in, Place place) {");
        readers.line("        " + type + " list = new ArrayList<>();");
        readers.line("        in.beginList();");
        readers.line("        for (int index = 1; in.nextItem(); index++) {");
        readers.line("            if (in.isNull()) {");
        readers.line("                place.item(\"" + path + "\", index).absent();");
        readers.line("            } else {");
        readers.line("                list.add(" + value + ");");
        readers.line("            }");
        readers.line("        }");
        readers.line("        return Collections.unmodifiableList(list);");
        readers.line("    }");
        readers.line("");
    }

    private void mapReader(String shape, String path, String method) {
        String part = shapes.part(shape, "value");
        String value = shapes.kind(part) == Kind.STRUCTURE
                ? part + ".read(in, place.entry(\"" + path + "\", key))"
                : reading(part, path, method + "Value");
        String type = shapes.javaType(shape);
        readers.line("    private static " + type + " read" + method + "(ShapeReader in, Place place) {");
        readers.line("        " + type + " map = new LinkedHashMap<>();");
        readers.line("        in.beginMap(" + entryNames(shape) + ");");
        readers.line("        for (String key = in.nextKey(); key != null; key = in.nextKey()) {");
        readers.line("            if (in.isNull()) {");
        readers.line("                place.entry(\"" + path + "\", key).absent();");
        readers.line("            } else {");
        readers.line("                " + shapes.javaType(part) + " value = " + value + ";");
        readers.line("                if (value != null) {");
        readers.line("                    map.put(key, value);");
        readers.line("                }");
        readers.line("            }");
        readers.line("        }");
        readers.line("        return Collections.unmodifiableMap(map);");
        readers.line("    }");
        readers.line("");
    }

    void write() {
        out.line("    void write(ShapeWriter out) {");
        out.line("        out.beginStructure();");
        for (Member member : shapes.members(name)) {
            String component = member.component();
            if (member.required()) {
                out.line("        out.member(\"" + member.name() + "\");");
                writing(member.shape(), component, "        ", 1);
            } else {
                out.line("        if (" + component + ".isPresent()) {");
                out.line("            out.member(\"" + member.name() + "\");");
                writing(member.shape(), component + ".get()", "            ", 1);
                out.line("        }");
            }
        }
        out.line("        out.endStructure();");
        out.line("    }");
        out.line("");
    }

    private void writing(String shape, String value, String indent, int depth) {
        switch (shapes.kind(shape)) {
            case ENUM -> out.line(indent + "out.text(" + value + ".value());");
            case STRUCTURE -> out.line(indent + value + ".write(out);");
            case LIST -> {
                String item = shapes.item(shape);
                if (shapes.kind(item) == Kind.TEXT) {
                    out.line(indent + "out.texts(" + value + ");");
                    return;
                }
                out.line(indent + "out.beginList();");
                out.line(indent + "for (" + shapes.javaType(item) + " item" + depth + " : " + value + ") {");
                out.line(indent + "    out.item();");
                writing(item, "item" + depth, indent + "    ", depth + 1);
                out.line(indent + "}");
                out.line(indent + "out.endList();");
            }
            case MAP -> {
                String part = shapes.part(shape, "value");
                if (shapes.kind(part) == Kind.TEXT) {
                    out.line(indent + "out.textMap(" + value + ", " + entryNames(shape) + ");");
                    return;
                }
                String entry = "entry" + depth;
                out.line(indent + "out.beginMap(" + entryNames(shape) + ");");
                out.line(indent + "for (Map.Entry<String, " + shapes.javaType(part) + "> " + entry + " : " + value
                        + ".entrySet()) {");
                out.line(indent + "    out.key(" + entry + ".getKey());");
                writing(part, entry + ".getValue()", indent + "    ", depth + 1);
                out.line(indent + "}");
                out.line(indent + "out.endMap();");
            }
            default -> out.line(indent + "out." + scalar(shapes.kind(shape)) + "(" + value + ");");
        }
    }

    private String entryNames(String map) {
        return ShapeGenerator.literal(
                        shapes.shape(map).path("key").path("locationName").asString("key"))
                + ", "
                + ShapeGenerator.literal(
                        shapes.shape(map).path("value").path("locationName").asString("value"));
    }

    /** The method of readers and writers for a scalar. */
    private static String scalar(Kind kind) {
        return switch (kind) {
            case TEXT -> "text";
            case SECRET_TEXT -> "secretText";
            case BLOB -> "blob";
            case SECRET_BLOB -> "secretBlob";
            case INTEGER -> "integer";
            case LONG -> "longInteger";
            case BOOLEAN -> "flag";
            case DOUBLE -> "decimal";
            case TIME -> "time";
            case ENUM, LIST, MAP, STRUCTURE -> throw new IllegalStateException(kind + " is no scalar");
        };
    }
}
