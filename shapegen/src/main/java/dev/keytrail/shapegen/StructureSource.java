package dev.keytrail.shapegen;

import dev.keytrail.shapegen.ServiceShapes.Kind;
import dev.keytrail.shapegen.ServiceShapes.Member;
import java.util.List;
import java.util.stream.Collectors;

/** Java source of one structure: record, builder, and (package-private) how it is read, written and checked. */
final class StructureSource {
    private final ServiceShapes shapes;
    private final String name;
    private final List<Member> members;
    private final Lines out = new Lines();

    StructureSource(ServiceShapes shapes, String name) {
        this.shapes = shapes;
        this.name = name;
        this.members = shapes.members(name);
    }

    String source() {
        head();
        out.line("    public static Builder builder() {");
        out.line("        return new Builder();");
        out.line("    }");
        out.line("");
        CodecSource codec = new CodecSource(shapes, name, out);
        codec.read();
        codec.write();
        if (shapes.isInput(name)) {
            new CheckSource(shapes, name, out).check();
        }
        builder();
        out.line("}");
        return out.toString();
    }

    private void head() {
        out.line("package " + shapes.packageName() + ";");
        out.line("");
        out.line("import dev.keytrail.call.Bytes;");
        out.line("import dev.keytrail.call.Secret;");
        out.line("import dev.keytrail.wire.codec.Parts;");
        out.line("import dev.keytrail.wire.codec.Place;");
        out.line("import dev.keytrail.wire.codec.ShapeReader;");
        out.line("import dev.keytrail.wire.codec.ShapeWriter;");
        out.line("import java.time.Instant;");
        out.line("import java.util.ArrayList;");
        out.line("import java.util.Collections;");
        out.line("import java.util.LinkedHashMap;");
        out.line("import java.util.List;");
        out.line("import java.util.Map;");
        out.line("import java.util.Optional;");
        out.line("import org.jspecify.annotations.Nullable;");
        out.line("");
        out.line("/** {@code " + name + "} of the " + shapes.service() + " model. Made with {@link #builder()}. */");
        if (members.isEmpty()) {
            out.line("public record " + name + "() {");
            return;
        }
        out.line("public record " + name + "(");
        out.line(members.stream()
                        .map(member -> "        " + componentType(member) + " " + member.component())
                        .collect(Collectors.joining(",\n"))
                + ") {");
        out.line("");
    }

    private void builder() {
        out.line("    /** Collects the members of one {@link " + name + "}. One thread. */");
        out.line("    public static final class Builder {");
        for (Member member : members) {
            out.line("        private @Nullable " + type(member) + " " + member.component() + ";");
        }
        out.line("");
        out.line("        private Builder() {}");
        for (Member member : members) {
            setter(member);
        }
        out.line("");
        out.line("        /** Throws IllegalStateException if a required member was not set. */");
        out.line("        public " + name + " build() {");
        members.stream()
                .filter(Member::required)
                .forEach(member -> out.line("            Parts.require(" + member.component() + ", \"" + name + "."
                        + member.component() + "\");"));
        out.line("            return make();");
        out.line("        }");
        out.line("");
        out.line("        private " + name + " make() {");
        out.line("            return new " + name + "("
                + members.stream()
                        .map(member -> member.required()
                                ? member.component()
                                : "Optional.ofNullable(" + member.component() + ")")
                        .collect(Collectors.joining(", "))
                + ");");
        out.line("        }");
        out.line("    }");
    }

    private void setter(Member member) {
        String component = member.component();
        Kind kind = shapes.kind(member.shape());
        String copied = kind == Kind.LIST || kind == Kind.MAP ? "Parts.copy(" + component + ")" : component;
        out.line("");
        out.line("        public Builder " + component + "(" + type(member) + " " + component + ") {");
        out.line("            this." + component + " = " + copied + ";");
        out.line("            return this;");
        out.line("        }");
        if (member.required()) {
            return;
        }
        out.line("");
        out.line("        public Builder " + component + "(Optional<" + type(member) + "> " + component + ") {");
        out.line("            this." + component + " = " + component
                + (copied.equals(component) ? "" : ".map(Parts::copy)") + ".orElse(null);");
        out.line("            return this;");
        out.line("        }");
    }

    private String type(Member member) {
        return shapes.javaType(member.shape());
    }

    private String componentType(Member member) {
        return member.required() ? type(member) : "Optional<" + type(member) + ">";
    }
}
