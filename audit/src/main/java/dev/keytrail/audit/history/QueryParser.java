package dev.keytrail.audit.history;

import dev.keytrail.audit.history.EventQuery.And;
import dev.keytrail.audit.history.EventQuery.Comparison;
import dev.keytrail.audit.history.EventQuery.Node;
import dev.keytrail.audit.history.EventQuery.Not;
import dev.keytrail.audit.history.EventQuery.Operator;
import dev.keytrail.audit.history.EventQuery.Or;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Reads a query by recursive descent: OR binds least, then AND (which may be left out), then NOT. One text, one use. */
final class QueryParser {
    private static final int DEPTH_MAX = 20;

    private static final Map<String, Operator> OPERATORS = Map.of(
            "=", Operator.EQUAL,
            "!=", Operator.NOT_EQUAL,
            "^=", Operator.BEGINS,
            "~", Operator.CONTAINS,
            "<", Operator.LESS,
            "<=", Operator.AT_MOST,
            ">", Operator.MORE,
            ">=", Operator.AT_LEAST);

    private final String text;
    private int at;
    private int comparisons;

    QueryParser(String text) {
        this.text = text;
    }

    Node parse() {
        Node node = any(0);
        if (!peek().isEmpty()) {
            throw wrong("'" + peek() + "' is too much");
        }
        return node;
    }

    private Node any(int depth) {
        List<Node> nodes = new ArrayList<>();
        nodes.add(all(depth));
        while (take("OR")) {
            nodes.add(all(depth));
        }
        return nodes.size() == 1 ? nodes.getFirst() : new Or(nodes);
    }

    private Node all(int depth) {
        List<Node> nodes = new ArrayList<>();
        nodes.add(one(depth));
        while (true) {
            boolean and = take("AND");
            String next = peek();
            if (!and && (next.isEmpty() || next.equals(")") || next.equalsIgnoreCase("OR"))) {
                return nodes.size() == 1 ? nodes.getFirst() : new And(nodes);
            }
            nodes.add(one(depth));
        }
    }

    private Node one(int depth) {
        if (depth > DEPTH_MAX) {
            throw wrong("more than " + DEPTH_MAX + " parentheses");
        }
        if (take("NOT")) {
            return new Not(one(depth + 1));
        }
        if (take("(")) {
            Node node = any(depth + 1);
            if (!take(")")) {
                throw wrong("a parenthesis is not closed");
            }
            return node;
        }
        return comparison();
    }

    private Node comparison() {
        if (++comparisons > EventQuery.COMPARISONS_MAX) {
            throw wrong("more than " + EventQuery.COMPARISONS_MAX + " comparisons");
        }
        String path = path();
        if (take("EXISTS")) {
            return new Comparison(path, Operator.EXISTS, "");
        }
        String operator = next();
        Operator known = OPERATORS.getOrDefault(operator, Operator.EXISTS);
        if (known == Operator.EXISTS) {
            throw wrong("after a path comes one of = != ^= ~ < <= > >= EXISTS, not '" + operator + "'");
        }
        skipSpace();
        return new Comparison(path, known, at < text.length() && text.charAt(at) == '"' ? quoted() : bare("a value"));
    }

    /** Names with dots between them; a name in quotes may hold anything. */
    private String path() {
        skipSpace();
        StringBuilder path = new StringBuilder();
        while (true) {
            path.append(at < text.length() && text.charAt(at) == '"' ? quoted() : name());
            if (at >= text.length() || text.charAt(at) != '.') {
                return path.toString();
            }
            at++;
            path.append(FlatEvent.SEPARATOR);
        }
    }

    private String name() {
        int from = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "_:/-".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        if (at == from) {
            throw wrong("the name of a member is missing");
        }
        return text.substring(from, at);
    }

    private String quoted() {
        StringBuilder value = new StringBuilder();
        at++;
        while (at < text.length() && text.charAt(at) != '"') {
            if (text.charAt(at) == '\\' && at + 1 < text.length()) {
                at++;
            }
            value.append(text.charAt(at++));
        }
        if (at >= text.length()) {
            throw wrong("a quote is not closed");
        }
        at++;
        return value.toString();
    }

    private String bare(String what) {
        int from = at;
        while (at < text.length() && !Character.isWhitespace(text.charAt(at)) && "()\"".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        if (at == from) {
            throw wrong(what + " is missing");
        }
        return text.substring(from, at);
    }

    private void skipSpace() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean take(String word) {
        if (peek().toUpperCase(Locale.ROOT).equals(word)) {
            next();
            return true;
        }
        return false;
    }

    private String peek() {
        int before = at;
        String word = next();
        at = before;
        return word;
    }

    /** A parenthesis, a run of operator signs, or a run of other characters; empty at the end. */
    private String next() {
        skipSpace();
        int from = at;
        if (at < text.length() && "()".indexOf(text.charAt(at)) >= 0) {
            at++;
        } else if (at < text.length() && isSign(text.charAt(at))) {
            while (at < text.length() && isSign(text.charAt(at))) {
                at++;
            }
        } else {
            while (at < text.length()
                    && !Character.isWhitespace(text.charAt(at))
                    && !isSign(text.charAt(at))
                    && "()".indexOf(text.charAt(at)) < 0) {
                at++;
            }
        }
        return text.substring(from, at);
    }

    private static boolean isSign(char c) {
        return "=!^~<>".indexOf(c) >= 0;
    }

    private IllegalArgumentException wrong(String what) {
        return new IllegalArgumentException("at character " + (at + 1) + ": " + what);
    }
}
