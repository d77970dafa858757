package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A policy value that may hold wildcards and variables ({@code ${aws:username}}, {@code ${key, 'default'}}). Immutable.
 *
 * <p>What a variable stands for is always literal: a caller whose name holds a star gains nothing by it. A variable whose
 * key is absent (or has several values) and that has no default makes the value match nothing.
 */
final class Template {
    private sealed interface Piece {}

    private record Literal(String text) implements Piece {}

    private record Star() implements Piece {}

    private record Any() implements Piece {}

    private record Variable(String key, Optional<String> otherwise) implements Piece {}

    private final String source;
    private final List<Piece> pieces;
    /** Ready made when there are no variables. */
    private final @Nullable Glob fixed;

    private Template(String source, List<Piece> pieces) {
        this.source = source;
        this.pieces = List.copyOf(pieces);
        this.fixed = pieces.stream().anyMatch(Variable.class::isInstance) ? null : glob(this.pieces);
    }

    /** {@code *} and {@code ?} are wildcards. @throws MalformedPolicy on a broken variable */
    static Template wild(String text, boolean variables) {
        return new Template(text, pieces(text, true, variables));
    }

    /** Every character means itself, variables aside. @throws MalformedPolicy on a broken variable */
    static Template plain(String text, boolean variables) {
        return new Template(text, pieces(text, false, variables));
    }

    private static List<Piece> pieces(String text, boolean wildcards, boolean variables) {
        List<Piece> pieces = new ArrayList<>();
        StringBuilder literal = new StringBuilder();
        int i = 0;
        while (i < text.length()) {
            char c = text.charAt(i);
            if (variables && c == '$' && text.startsWith("${", i)) {
                int end = text.indexOf('}', i);
                if (end < 0) {
                    throw new MalformedPolicy("Unclosed policy variable in " + Json.shown(text));
                }
                String inner = text.substring(i + 2, end);
                if (inner.equals("*") || inner.equals("?") || inner.equals("$")) {
                    literal.append(inner);
                } else {
                    flush(literal, pieces);
                    pieces.add(variable(inner));
                }
                i = end + 1;
            } else if (wildcards && (c == '*' || c == '?')) {
                flush(literal, pieces);
                pieces.add(c == '*' ? new Star() : new Any());
                i++;
            } else {
                literal.append(c);
                i++;
            }
        }
        flush(literal, pieces);
        return pieces;
    }

    private static Variable variable(String inner) {
        int comma = inner.indexOf(',');
        String key = (comma < 0 ? inner : inner.substring(0, comma)).strip();
        Optional<String> otherwise = Optional.empty();
        if (comma >= 0) {
            String quoted = inner.substring(comma + 1).strip();
            if (quoted.length() < 2 || !quoted.startsWith("'") || !quoted.endsWith("'")) {
                throw new MalformedPolicy("The default of policy variable ${" + Json.shown(inner)
                        + "} must stand between single quotes.");
            }
            otherwise = Optional.of(quoted.substring(1, quoted.length() - 1));
        }
        if (key.isEmpty()) {
            throw new MalformedPolicy("Empty policy variable.");
        }
        return new Variable(ConditionContext.canonical(key), otherwise);
    }

    private static void flush(StringBuilder literal, List<Piece> pieces) {
        if (!literal.isEmpty()) {
            pieces.add(new Literal(literal.toString()));
            literal.setLength(0);
        }
    }

    /** Only for pieces without variables. */
    private static Glob glob(List<Piece> pieces) {
        Glob.Builder builder = new Glob.Builder();
        for (Piece piece : pieces) {
            append(piece, builder);
        }
        return builder.build();
    }

    private static void append(Piece piece, Glob.Builder builder) {
        switch (piece) {
            case Literal(String text) -> builder.literal(text);
            case Star() -> builder.star();
            case Any() -> builder.any();
            case Variable(String key, Optional<String> _) -> throw new IllegalStateException("not resolved: " + key);
        }
    }

    /** The pattern for this access; null when a variable cannot be resolved. */
    private @Nullable Glob resolved(Access access) {
        if (fixed != null) {
            return fixed;
        }
        Glob.Builder builder = new Glob.Builder();
        for (Piece piece : pieces) {
            if (piece instanceof Variable(String key, Optional<String> otherwise)) {
                List<String> values = access.valuesOf(key);
                if (values.size() == 1) {
                    builder.literal(values.getFirst());
                } else if (values.isEmpty() && otherwise.isPresent()) {
                    builder.literal(otherwise.get());
                } else {
                    return null;
                }
            } else {
                append(piece, builder);
            }
        }
        return builder.build();
    }

    boolean matches(String text, Access access) {
        return matches(text, 0, text.length(), access);
    }

    boolean matches(String text, int from, int to, Access access) {
        Glob glob = resolved(access);
        return glob != null && glob.matches(text, from, to);
    }

    /** The text itself; empty when a variable cannot be resolved. For plain templates. */
    Optional<String> text(Access access) {
        StringBuilder text = new StringBuilder();
        for (Piece piece : pieces) {
            switch (piece) {
                case Literal(String literal) -> text.append(literal);
                case Star() -> text.append('*');
                case Any() -> text.append('?');
                case Variable(String key, Optional<String> otherwise) -> {
                    List<String> values = access.valuesOf(key);
                    if (values.size() == 1) {
                        text.append(values.getFirst());
                    } else if (values.isEmpty() && otherwise.isPresent()) {
                        text.append(otherwise.get());
                    } else {
                        return Optional.empty();
                    }
                }
            }
        }
        return Optional.of(text.toString());
    }

    /** Whether this matches every text. */
    boolean matchesAll() {
        return fixed != null && fixed.matchesAll();
    }

    /** The six parts of an ARN pattern; what is missing at the end is {@code *}. Colons in the last part stay. */
    List<Template> arnParts() {
        List<List<Piece>> parts = new ArrayList<>();
        List<Piece> part = new ArrayList<>();
        for (Piece piece : pieces) {
            if (piece instanceof Literal(String text)) {
                String[] texts = text.split(":", 6 - parts.size());
                for (int i = 0; i < texts.length; i++) {
                    if (i > 0) {
                        parts.add(part);
                        part = new ArrayList<>();
                    }
                    if (!texts[i].isEmpty()) {
                        part.add(new Literal(texts[i]));
                    }
                }
            } else {
                part.add(piece);
            }
        }
        parts.add(part);
        while (parts.size() < 6) {
            parts.add(List.of(new Star()));
        }
        return parts.stream().map(p -> new Template(source, p)).toList();
    }

    @Override
    public String toString() {
        return source;
    }
}
