package dev.keytrail.policy;

import dev.keytrail.policy.Grounds.Consulted;
import dev.keytrail.policy.Grounds.Examined;
import dev.keytrail.policy.Grounds.Mismatch;
import dev.keytrail.policy.Grounds.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Finds out what a decision stood on by looking at every statement about the action once more. Made on demand. */
final class Trace {
    /** A policy set may hold thousands of statements; nobody reads more than this. */
    private static final int STATEMENTS_MAX = 200;

    /** Whose eyes it is for. */
    enum Scope {
        ALL,
        /** The caller's account, where the resource is another's: not the resource's own policy. */
        CALLERS,
        /** The resource's account, where the caller is another's: only the resource's own policy. */
        OWNERS
    }

    private record Source(Layer layer, NamedPolicy policy) {}

    private final Access access;
    private final Subject subject;
    private final List<Source> sources = new ArrayList<>();
    private final Scope scope;

    /** @param endpoint the policy of the VPC endpoint, if it had to allow too */
    Trace(Access access, @Nullable NamedPolicy endpoint, Scope scope) {
        this.access = access;
        this.subject = new Subject(access);
        this.scope = scope;
        CallerPolicies policies = access.policies();
        if (endpoint != null && scope != Scope.OWNERS) {
            sources.add(new Source(Layer.ENDPOINT, endpoint));
        }
        if (scope != Scope.CALLERS) {
            access.resourcePolicy().ifPresent(policy -> sources.add(new Source(Layer.RESOURCE, policy)));
        }
        if (subject.account().isEmpty() || scope == Scope.OWNERS) {
            return;
        }
        if (subject.isBoundByIdentityPolicies()) {
            add(Layer.IDENTITY, policies.identity());
            policies.boundary().ifPresent(policy -> sources.add(new Source(Layer.BOUNDARY, policy)));
        }
        add(Layer.SESSION, policies.session());
        add(Layer.GUARDRAIL, policies.guardrails());
    }

    private void add(Layer layer, List<NamedPolicy> policies) {
        for (int i = 0; i < policies.size(); i++) {
            sources.add(new Source(layer, policies.get(i)));
        }
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

    /** @param brief only the statements that decided, if any did */
    Grounds grounds(Decision decision, boolean brief) {
        boolean decided = brief && (decision.allowed() || decision.explicitlyDenied());
        List<Consulted> consulted = new ArrayList<>(sources.size());
        int room = STATEMENTS_MAX;
        int left = 0;
        for (Source source : sources) {
            List<Examined> examined = new ArrayList<>();
            if (!decided || !decision.allowed()) {
                left += examine(source, false, decided, room - examined.size(), examined);
            }
            if (!decided || decision.allowed()) {
                left += examine(source, true, decided, room - examined.size(), examined);
            }
            room -= examined.size();
            if (!examined.isEmpty() || !decided) {
                consulted.add(
                        new Consulted(source.layer().noun(), source.policy().name(), examined));
            }
        }
        Verdict verdict = decision.allowed()
                ? Verdict.ALLOWED
                : decision.explicitlyDenied() ? Verdict.DENIED : Verdict.NOT_ALLOWED;
        return new Grounds(
                verdict,
                decision.layer().map(Layer::noun),
                access.action(),
                access.resource(),
                circumstances(),
                consulted,
                left);
    }

    /** @return how many found no room */
    private int examine(Source source, boolean allow, boolean applyingOnly, int room, List<Examined> into) {
        int left = 0;
        int end = into.size() + room;
        for (Statement statement : statements(source, allow)) {
            Optional<Mismatch> mismatch = mismatch(source, statement);
            if (applyingOnly && mismatch.isPresent()) {
                continue;
            }
            if (into.size() >= end) {
                left++;
            } else {
                into.add(new Examined(
                        statement.number(), statement.sid().map(Json::shown), statement.allow(), mismatch));
            }
        }
        return left;
    }

    /** What counts besides statements. */
    private List<String> circumstances() {
        List<String> lines = new ArrayList<>(2);
        if (access.grant()) {
            lines.add("grant: applies");
        }
        if (access.resourcePolicy().isEmpty() && access.rules() != Access.Rules.IDENTITY_ONLY) {
            lines.add("resource-based policy: none");
        }
        if (scope == Scope.CALLERS && access.resourcePolicy().isPresent()) {
            lines.add("resource-based policy: another account's");
        }
        if (scope == Scope.OWNERS) {
            lines.add("identity-based policy: another account's");
            return lines;
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
        return lines;
    }

    private List<Statement> statements(Source source, boolean allow) {
        Policy.About about = source.policy().policy().about(access.action());
        return allow ? about.allows() : about.denies();
    }

    private Optional<Mismatch> mismatch(Source source, Statement statement) {
        return switch (source.layer()) {
            case RESOURCE -> statement.mismatch(access, subject);
            case ENDPOINT -> statement.mismatch(access, new Subject(access.withoutResourcePolicy()));
            case GUARDRAIL, IDENTITY, BOUNDARY, SESSION -> statement.mismatch(access, null);
        };
    }
}
