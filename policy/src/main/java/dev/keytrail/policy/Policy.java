package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A parsed and compiled policy document. Immutable to the eye, thread-safe: it remembers which of its statements are about
 * an action that was asked for before.
 */
public final class Policy {
    /** Which grammar a document must follow. */
    public enum Kind {
        /** No Principal element. */
        IDENTITY,
        /** Principal or NotPrincipal required in each statement. */
        RESOURCE,
        /** Like RESOURCE, but a statement may lack Action or Resource and then has no effect (kms.md section 13). */
        KEY,
        /** A role's trust policy: Principal required, no Resource. */
        TRUST
    }

    /** Actions remembered per policy; more than any service of the house has in use at once. Others are matched anew. */
    private static final int ACTIONS_REMEMBERED_MAX = 256;

    /** The statements about one action, by effect, in document order. */
    record About(List<Statement> denies, List<Statement> allows) {}

    private final String text;
    private final List<Statement> statements;
    private final Set<String> principals;
    private final boolean deniesOnly;
    private final ConcurrentHashMap<String, About> byAction = new ConcurrentHashMap<>(4);

    Policy(String text, List<Statement> statements, Set<String> principals) {
        this.text = text;
        this.statements = List.copyOf(statements);
        this.principals = Set.copyOf(principals);
        this.deniesOnly = statements.stream().noneMatch(Statement::allow);
    }

    /** @throws MalformedPolicy with what is wrong, in words fit for the caller */
    public static Policy parse(String json, Kind kind) {
        return new PolicyParser(kind).parse(json);
    }

    /** The document as it was given. */
    public String text() {
        return text;
    }

    /** How many statements it has. */
    public int statements() {
        return statements.size();
    }

    /**
     * The AWS principals that Principal and NotPrincipal elements name, as written: account numbers, ARNs, unique ids. All
     * well-formed; {@code *} and principals of other types are left out.
     */
    public Set<String> principals() {
        return principals;
    }

    /** Whether it has no Allow statement: a guardrail of that kind limits by what it denies, and by nothing else. */
    boolean deniesOnly() {
        return deniesOnly;
    }

    List<Statement> all() {
        return statements;
    }

    About about(String action) {
        About known = byAction.get(action);
        if (known != null) {
            return known;
        }
        About about = select(action);
        if (byAction.size() < ACTIONS_REMEMBERED_MAX) {
            byAction.put(action, about);
        }
        return about;
    }

    private About select(String action) {
        String lowerCase = ConditionContext.canonical(action);
        List<Statement> denies = new ArrayList<>();
        List<Statement> allows = new ArrayList<>();
        for (Statement statement : statements) {
            if (statement.isAbout(lowerCase)) {
                (statement.allow() ? allows : denies).add(statement);
            }
        }
        return new About(List.copyOf(denies), List.copyOf(allows));
    }
}
