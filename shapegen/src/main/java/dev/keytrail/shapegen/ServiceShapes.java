package dev.keytrail.shapegen;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/** One service's model: which shapes its operations reach, and what each is in Java. */
final class ServiceShapes {
    private final String service;
    private final JsonNode model;
    private final Set<String> inputTree;
    private final Set<String> reachable;

    ServiceShapes(String service, JsonNode model) {
        this.service = service;
        this.model = model;
        this.inputTree = reach(roots("input"));
        this.reachable = new TreeSet<>(inputTree);
        reachable.addAll(reach(roots("output")));
    }

    String service() {
        return service;
    }

    String packageName() {
        return ShapeGenerator.SHAPES + "." + service;
    }

    String metadata(String name) {
        return model.path("metadata").path(name).asString("");
    }

    JsonNode operations() {
        return model.path("operations");
    }

    List<String> operationNames() {
        return List.copyOf(operations().propertyNames());
    }

    JsonNode shape(String name) {
        JsonNode shape = model.path("shapes").path(name);
        if (shape.isMissingNode()) {
            throw new IllegalStateException(service + " has no shape " + name);
        }
        return shape;
    }

    Optional<String> shapeOf(JsonNode operation, String end) {
        String name = operation.path(end).path("shape").asString("");
        return name.isEmpty() ? Optional.empty() : Optional.of(name);
    }

    /** All shapes that answer an operation with an error. */
    List<String> exceptions() {
        return model.path("shapes").properties().stream()
                .filter(entry -> entry.getValue().path("exception").asBoolean(false))
                .map(java.util.Map.Entry::getKey)
                .toList();
    }

    List<String> structures() {
        return reachable.stream().filter(name -> type(name).equals("structure")).toList();
    }

    List<String> enums() {
        return reachable.stream().filter(this::isEnum).toList();
    }

    /** Strings of inputs whose length or content the model limits. */
    List<String> limited() {
        return inputTree.stream()
                .filter(name -> CheckSource.isLimited(this, name) && !isEnum(name))
                .toList();
    }

    boolean isInput(String name) {
        return inputTree.contains(name);
    }

    boolean isEnum(String name) {
        return shape(name).has("enum");
    }

    String type(String name) {
        return shape(name).path("type").asString("");
    }

    /** Members of a structure, in the model's order. */
    List<Member> members(String structure) {
        JsonNode shape = shape(structure);
        Set<String> required = new LinkedHashSet<>();
        shape.path("required").forEach(name -> required.add(name.asString("")));
        List<Member> members = new ArrayList<>();
        shape.path("members").properties().forEach(entry -> {
            JsonNode member = entry.getValue();
            if (member.has("locationName") || member.has("location") || member.has("flattened")) {
                throw new IllegalStateException(
                        structure + "." + entry.getKey() + " is placed by a trait not known here");
            }
            boolean needed = isInput(structure) && required.contains(entry.getKey());
            members.add(new Member(entry.getKey(), member.path("shape").asString(""), needed));
        });
        return members;
    }

    Kind kind(String name) {
        JsonNode shape = shape(name);
        boolean sensitive = shape.path("sensitive").asBoolean(false);
        return switch (type(name)) {
            case "string" -> isEnum(name) ? Kind.ENUM : sensitive ? Kind.SECRET_TEXT : Kind.TEXT;
            case "blob" -> sensitive ? Kind.SECRET_BLOB : Kind.BLOB;
            case "integer" -> Kind.INTEGER;
            case "long" -> Kind.LONG;
            case "boolean" -> Kind.BOOLEAN;
            case "double", "float" -> Kind.DOUBLE;
            case "timestamp" -> Kind.TIME;
            case "list" -> Kind.LIST;
            case "map" -> Kind.MAP;
            case "structure" -> Kind.STRUCTURE;
            default -> throw new IllegalStateException(service + "." + name + " has unknown type " + type(name));
        };
    }

    String javaType(String name) {
        return switch (kind(name)) {
            case TEXT -> "String";
            case SECRET_TEXT, SECRET_BLOB -> "Secret";
            case BLOB -> "Bytes";
            case INTEGER -> "Integer";
            case LONG -> "Long";
            case BOOLEAN -> "Boolean";
            case DOUBLE -> "Double";
            case TIME -> "Instant";
            case ENUM, STRUCTURE -> JavaNames.type(name);
            case LIST -> "List<" + javaType(item(name)) + ">";
            case MAP -> "Map<String, " + javaType(part(name, "value")) + ">";
        };
    }

    /** The shape of a list's items. */
    String item(String list) {
        return part(list, "member");
    }

    /** The shape of a map's {@code key} or {@code value}. */
    String part(String name, String part) {
        return shape(name).path(part).path("shape").asString("");
    }

    private Collection<String> roots(String end) {
        Set<String> roots = new LinkedHashSet<>();
        operations().forEach(operation -> shapeOf(operation, end).ifPresent(roots::add));
        return roots;
    }

    private Set<String> reach(Collection<String> roots) {
        Set<String> seen = new TreeSet<>();
        Deque<String> open = new ArrayDeque<>(roots);
        while (!open.isEmpty()) {
            String name = open.pop();
            if (!seen.add(name)) {
                continue;
            }
            JsonNode shape = shape(name);
            shape.path("members")
                    .forEach(member -> open.push(member.path("shape").asString("")));
            for (String part : List.of("member", "key", "value")) {
                if (shape.has(part)) {
                    open.push(part(name, part));
                }
            }
        }
        return seen;
    }

    /** A structure's member: its name on the wire, its shape, and whether an input must have it. */
    record Member(String name, String shape, boolean required) {
        String component() {
            return JavaNames.component(name);
        }
    }

    /** What a shape is in Java. */
    enum Kind {
        TEXT,
        SECRET_TEXT,
        ENUM,
        BLOB,
        SECRET_BLOB,
        INTEGER,
        LONG,
        BOOLEAN,
        DOUBLE,
        TIME,
        LIST,
        MAP,
        STRUCTURE
    }
}
