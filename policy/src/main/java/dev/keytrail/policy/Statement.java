package dev.keytrail.policy;

import dev.keytrail.policy.Grounds.Mismatch;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One statement, compiled. Immutable. Whether its action fits is looked up in {@link Policy}'s index. */
final class Statement {
    private final int number;
    private final Optional<String> sid;
    private final boolean allow;
    private final boolean notAction;
    private final List<Glob> actions;
    /** Null in identity policies. */
    private final @Nullable Principals principals;

    private final boolean notResource;
    private final ArnPattern[] resources;
    private final boolean everyResource;
    private final Condition[] conditions;

    /**
     * @param number from 1
     * @param actions in lower case
     */
    Statement(
            int number,
            Optional<String> sid,
            boolean allow,
            boolean notAction,
            List<Glob> actions,
            @Nullable Principals principals,
            boolean notResource,
            List<ArnPattern> resources,
            List<Condition> conditions) {
        this.number = number;
        this.sid = sid;
        this.allow = allow;
        this.notAction = notAction;
        this.actions = List.copyOf(actions);
        this.principals = principals;
        this.notResource = notResource;
        this.resources = resources.toArray(ArnPattern[]::new);
        this.everyResource = !notResource && resources.stream().anyMatch(ArnPattern::matchesAll);
        this.conditions = conditions.toArray(Condition[]::new);
    }

    int number() {
        return number;
    }

    Optional<String> sid() {
        return sid;
    }

    boolean allow() {
        return allow;
    }

    /** @param action in lower case */
    boolean isAbout(String action) {
        boolean listed = false;
        for (Glob each : actions) {
            if (each.matches(action)) {
                listed = true;
                break;
            }
        }
        return listed != notAction;
    }

    /** For a statement of an identity policy whose action fits. */
    boolean applies(Access access) {
        return matchesResource(access) && conditionsHold(access);
    }

    /** For a statement of a resource policy whose action fits: how it names the subject, if all of it applies. */
    Naming applies(Access access, Subject subject) {
        Naming naming = principals == null ? Naming.NONE : principals.naming(subject, allow);
        return naming != Naming.NONE && matchesResource(access) && conditionsHold(access) ? naming : Naming.NONE;
    }

    private boolean matchesResource(Access access) {
        if (everyResource) {
            return true;
        }
        boolean listed = false;
        for (ArnPattern each : resources) {
            if (each.matches(access.resource(), access)) {
                listed = true;
                break;
            }
        }
        return listed != notResource;
    }

    private boolean conditionsHold(Access access) {
        for (Condition each : conditions) {
            if (!each.holds(access)) {
                return false;
            }
        }
        return true;
    }

    /** Why a statement whose action fits does not apply; empty when it does. {@code subject} for resource policies. */
    Optional<Mismatch> mismatch(Access access, @Nullable Subject subject) {
        if (subject != null && (principals == null || principals.naming(subject, allow) == Naming.NONE)) {
            return Optional.of(new Mismatch.OtherPrincipal(access.caller().arn()));
        }
        if (!matchesResource(access)) {
            return Optional.of(new Mismatch.OtherResource(Json.shown(access.resource()), notResource));
        }
        for (Condition each : conditions) {
            if (!each.holds(access)) {
                return Optional.of(each.mismatch(access));
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return "statement " + number + sid.map(s -> " (" + Json.shown(s) + ")").orElse("");
    }
}
