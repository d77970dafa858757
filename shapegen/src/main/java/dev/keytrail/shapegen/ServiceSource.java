package dev.keytrail.shapegen;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;

/** Java sources that a service has once: its package's page, its string limits and its table of operations. */
final class ServiceSource {
    private final ServiceShapes shapes;
    private final List<String> operations;
    private final Lines out = new Lines();

    ServiceSource(ServiceShapes shapes) {
        this.shapes = shapes;
        this.operations = shapes.operationNames();
    }

    static String className(ServiceShapes shapes) {
        return JavaNames.type(shapes.service()) + "Codec";
    }

    static String packageInfo(ServiceShapes shapes) {
        Lines out = new Lines();
        out.line("/**");
        out.line(" * Structures and enumerations of " + shapes.metadata("serviceFullName") + " (API version "
                + shapes.metadata("apiVersion") + "), generated from its");
        out.line(
                " * service model. Immutable; made with their builders. What a request must have is a plain component, all else");
        out.line(" * {@code Optional}.");
        out.line(" */");
        out.line("@NullMarked");
        out.line("package " + shapes.packageName() + ";");
        out.line("");
        out.line("import org.jspecify.annotations.NullMarked;");
        return out.toString();
    }

    static String limits(ServiceShapes shapes) {
        Lines out = new Lines();
        out.line("package " + shapes.packageName() + ";");
        out.line("");
        out.line("import dev.keytrail.wire.codec.TextLimit;");
        out.line("");
        out.line("/** What the model demands of strings in requests, by shape. */");
        out.line("final class Limits {");
        out.line("    static final TextLimit NONE = new TextLimit(-1, -1, \"\");");
        for (String name : shapes.limited()) {
            JsonNode shape = shapes.shape(name);
            out.line("    static final TextLimit " + JavaNames.type(name) + " = new TextLimit("
                    + shape.path("min").asInt(-1) + ", " + shape.path("max").asInt(-1) + ", "
                    + ShapeGenerator.literal(shape.path("pattern").asString("")) + ");");
        }
        out.line("");
        out.line("    private Limits() {}");
        out.line("}");
        return out.toString();
    }

    String source() {
        out.line("package " + shapes.packageName() + ";");
        out.line("");
        out.line("import dev.keytrail.wire.NoInput;");
        out.line("import dev.keytrail.wire.NoOutput;");
        out.line("import dev.keytrail.wire.codec.Place;");
        out.line("import dev.keytrail.wire.codec.ServiceCodec;");
        out.line("import dev.keytrail.wire.codec.ShapeReader;");
        out.line("import dev.keytrail.wire.codec.ShapeWriter;");
        out.line("import java.util.List;");
        out.line("");
        out.line("/** The operations of the " + shapes.service() + " model. */");
        out.line("public final class " + className(shapes) + " implements ServiceCodec {");
        out.line("    private static final List<String> OPERATIONS = List.of(");
        out.line(operations.stream().map(name -> "            \"" + name + "\"").collect(Collectors.joining(",\n"))
                + ");");
        out.line("");
        out.line("    @Override");
        out.line("    public List<String> operations() {");
        out.line("        return OPERATIONS;");
        out.line("    }");
        constant("apiVersion", shapes.metadata("apiVersion"));
        constant("protocol", shapes.metadata("protocol"));
        constant("xmlNamespace", shapes.metadata("xmlNamespace"));
        constant("targetPrefix", shapes.metadata("targetPrefix"));
        choice("Class<?> inputClass(int operation)", operation -> input(operation) + ".class");
        choice("Class<?> outputClass(int operation)", operation -> output(operation) + ".class");
        choice("Object readInput(int operation, ShapeReader in, Place place)", operation -> reading(input(operation)));
        choice(
                "void checkInput(int operation, Object input, Place place)",
                operation ->
                        input(operation).equals("NoInput") ? "{}" : "((" + input(operation) + ") input).check(place)");
        choice(
                "void writeInput(int operation, Object input, ShapeWriter out)",
                operation -> writing(input(operation), "input"));
        choice(
                "Object readOutput(int operation, ShapeReader in, Place place)",
                operation -> reading(output(operation)));
        choice(
                "void writeOutput(int operation, Object output, ShapeWriter out)",
                operation -> writing(output(operation), "output"));
        choice("List<String> errors(int operation)", this::errors);
        allErrors();
        out.line("}");
        return out.toString();
    }

    private void constant(String method, String value) {
        out.line("");
        out.line("    @Override");
        out.line("    public String " + method + "() {");
        out.line("        return " + ShapeGenerator.literal(value) + ";");
        out.line("    }");
    }

    private void choice(String signature, Function<String, String> each) {
        boolean answers = !signature.startsWith("void");
        out.line("");
        out.line("    @Override");
        out.line("    public " + signature + " {");
        out.line("        " + (answers ? "return " : "") + "switch (operation) {");
        IntStream.range(0, operations.size()).forEach(i -> {
            String action = each.apply(operations.get(i));
            out.line("            case " + i + " -> " + action + (action.endsWith("}") ? "" : ";"));
        });
        out.line("            default -> throw new IndexOutOfBoundsException(operation);");
        out.line("        }" + (answers ? ";" : ""));
        out.line("    }");
    }

    private static String reading(String type) {
        return isNothing(type) ? type + ".INSTANCE" : type + ".read(in, place)";
    }

    private static String writing(String type, String value) {
        return isNothing(type) ? "{}" : "((" + type + ") " + value + ").write(out)";
    }

    private static boolean isNothing(String type) {
        return type.equals("NoInput") || type.equals("NoOutput");
    }

    private String input(String operation) {
        return shapes.shapeOf(shapes.operations().path(operation), "input").orElse("NoInput");
    }

    private String output(String operation) {
        JsonNode node = shapes.operations().path(operation);
        Optional<String> shape = shapes.shapeOf(node, "output");
        String wrapper = node.path("output").path("resultWrapper").asString(operation + "Result");
        if (!wrapper.equals(operation + "Result")) {
            throw new IllegalStateException(operation + " wraps its result in " + wrapper + ", not known here");
        }
        return shape.orElse("NoOutput");
    }

    private String errors(String operation) {
        return "List.of("
                + StreamSupport.stream(
                                shapes.operations()
                                        .path(operation)
                                        .path("errors")
                                        .spliterator(),
                                false)
                        .map(error -> "\"" + error.path("shape").asString("") + "\"")
                        .collect(Collectors.joining(", "))
                + ")";
    }

    private void allErrors() {
        out.line("");
        out.line("    @Override");
        out.line("    public List<String> errors() {");
        out.line("        return List.of(");
        out.line(shapes.exceptions().stream().map(this::error).collect(Collectors.joining(",\n")) + ");");
        out.line("    }");
    }

    private String error(String name) {
        JsonNode shape = shapes.shape(name);
        String code = shape.path("error").path("code").asString(name);
        int usual = shape.path("fault").asBoolean(false) ? 500 : 400;
        int status = shape.path("error").path("httpStatusCode").asInt(usual);
        return "            \"" + name + " " + code + " " + status + "\"";
    }
}
