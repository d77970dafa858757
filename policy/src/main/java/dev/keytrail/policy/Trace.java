package dev.keytrail.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Puts a decision into words by looking at every statement once more. Slow by comparison; made on demand. */
final class Trace {
    /** A policy set may hold thousands of statements; nobody reads more lines than this. */
    private static final int LINES_MAX = 200;

    private record Source(Layer layer, NamedPolicy policy) {}

    private final Access access;
    private final Subject subject;
    private final List<Source> sources = new ArrayList<>();

    Trace(Access access) {
        this.access = access;
        this.subject = new Subject(access);
        CallerPolicies policies = access.policies();
        access.resourcePolicy().ifPresent(policy -> sources.add(new Source(Layer.RESOURCE, policy)));
        if (subject.account().isEmpty()) {
            return;
        }
        if (subject.isBoundByIdentityPolicies()) {
            policies.identity().forEach(policy -> sources.add(new Source(Layer.IDENTITY, policy)));
            policies.boundary().ifPresent(policy -> sources.add(new Source(Layer.BOUNDARY, policy)));
        }
        policies.session().forEach(policy -> sources.add(new Source(Layer.SESSION, policy)));
        policies.guardrails().forEach(policy -> sources.add(new Source(Layer.GUARDRAIL, policy)));
    }

    List<Decision.Matched> decidedBy(Decision decision) {
        List<Decision.Matched> matched = new ArrayList<>();
        if (!decision.allowed() && !decision.explicitlyDenied()) {
            return matched;
        }
        for (Source source : sources) {
            for (Statement statement : statements(source, decision.allowed())) {
                if (mismatch(source, statement).isEmpty()) {
                    matched.add(new Decision.Matched(
                            source.layer().noun(),
                            source.policy().name(),
                            statement.number(),
                            statement.sid(),
                            statement.allow()));
                }
            }
        }
        return matched;
    }

    List<String> lines(Decision decision) {
        List<String> lines = new ArrayList<>();
        lines.add(decision + ": " + access.caller().arn() + ", " + access.action() + " on " + access.resource());
        boundsInWords(lines);
        for (Source source : sources) {
            int before = lines.size();
            for (boolean allow : new boolean[] {false, true}) {
                for (Statement statement : statements(source, allow)) {
                    lines.add(name(source) + ", " + statement + ": "
                            + mismatch(source, statement)
                                    .map(why -> (allow ? "Allow" : "Deny") + " does not apply: " + why)
                                    .orElse(allow ? "Allow applies" : "Deny applies"));
                }
            }
            if (lines.size() == before) {
                lines.add(name(source) + ": no statement is about " + access.action());
            }
        }
        if (lines.size() > LINES_MAX) {
            int more = lines.size() - LINES_MAX;
            lines.subList(LINES_MAX, lines.size()).clear();
            lines.add(more + " more");
        }
        return List.copyOf(lines);
    }

    /** What counts besides statements. */
    private void boundsInWords(List<String> lines) {
        if (access.grant()) {
            lines.add("grant: applies");
        }
        if (access.resourcePolicy().isEmpty() && access.rules() != Access.Rules.IDENTITY_ONLY) {
            lines.add("resource-based policy: none");
        }
        if (subject.account().isEmpty()) {
            lines.add("identity-based policy: not for " + access.caller().arn());
        } else if (!subject.isBoundByIdentityPolicies()) {
            lines.add("identity-based policy: the root user is not bound by any");
        } else if (access.policies().identity().isEmpty()) {
            lines.add("identity-based policy: none");
        }
        if (access.policies().hasSessionLimit() && access.policies().session().isEmpty()) {
            lines.add("session policy: none, so the session allows nothing");
        }
    }

    private static String name(Source source) {
        String kind = source.layer().noun();
        String name = source.policy().name();
        return name.equals(kind) ? kind : kind + " " + name;
    }

    private List<Statement> statements(Source source, boolean allow) {
        Policy.About about = source.policy().policy().about(access.action());
        return allow ? about.allows() : about.denies();
    }

    private Optional<String> mismatch(Source source, Statement statement) {
        @Nullable Subject named = source.layer() == Layer.RESOURCE ? subject : null;
        return statement.mismatch(access, named);
    }
}
