package dev.keytrail.policy;

import dev.keytrail.call.Call;
import java.util.List;
import java.util.Optional;

/**
 * Decides accesses (identity.md section 6, kms.md section 15). Stateless, thread-safe.
 *
 * <p>An explicit Deny in any policy wins, the account's guardrails before all others. Then each layer that exists must allow, and a denial names the first that does
 * not: guardrails, resource policy, identity policies, permissions boundary, session policies. A resource policy that names
 * the caller itself stands in for the identity policies of its own account; one that names the very session stands in for
 * boundary and session policies too. A grant counts like a policy that names the caller itself.
 *
 * <p>The root user, and what it made, is not bound by identity policies and boundaries. Services have no policies: a
 * resource policy or grant lets them in. A caller that is nobody is let in nowhere, unless an identity provider vouches
 * for it ({@code aws:FederatedProvider} in the context) and the resource policy names that provider.
 *
 * <p>What all of these allow, the policy of the VPC endpoint that the call came through must allow too.
 */
public final class Authorizer {
    private enum Effect {
        NONE,
        ALLOW,
        DENY
    }

    private final EndpointPolicies endpoints;

    public Authorizer() {
        this(EndpointPolicies.NONE);
    }

    public Authorizer(EndpointPolicies endpoints) {
        this.endpoints = endpoints;
    }

    public Decision decide(Access access) {
        Subject subject = new Subject(access);
        Decision decision =
                subject.account().isEmpty() ? withoutAccount(access, subject) : withAccount(access, subject);
        return decision.allowed() ? atEndpoint(access, decision) : decision;
    }

    /** Last of all: a call that is denied anyway is on record as such, and one that only the endpoint denies is not. */
    private Decision atEndpoint(Access access, Decision allowed) {
        Optional<NamedPolicy> policy = endpoints.of(access);
        if (policy.isEmpty()) {
            return allowed;
        }
        Policy.About about = policy.get().policy().about(access.action());
        // What the resource's own policy once meant by a name is no matter of the endpoint.
        Subject subject = new Subject(access.withoutResourcePolicy());
        Decision decision = appliesTo(about.denies(), access, subject)
                ? Decision.explicitDeny(access, Layer.ENDPOINT)
                : appliesTo(about.allows(), access, subject) ? allowed : Decision.missingAllow(access, Layer.ENDPOINT);
        return decision.through(policy.get());
    }

    /** For a call that needs nobody's permission: what the policy of its VPC endpoint says, if that denies it. */
    public Optional<Decision> deniedAtEndpoint(Call call) {
        Access access = new Access(
                call.caller(),
                call.action(),
                "*",
                call.caller().accountOrOperator(),
                CallerContext.of(call).build(),
                CallerPolicies.NONE,
                Access.Rules.IDENTITY_ONLY,
                Optional.empty(),
                false);
        return Optional.of(atEndpoint(access, Decision.allow(access))).filter(decision -> !decision.allowed());
    }

    private static boolean appliesTo(List<Statement> statements, Access access, Subject subject) {
        for (int i = 0; i < statements.size(); i++) {
            if (statements.get(i).applies(access, subject) != Naming.NONE) {
                return true;
            }
        }
        return false;
    }

    private static Decision withAccount(Access access, Subject subject) {
        CallerPolicies policies = access.policies();
        Effect guardrails = every(policies.guardrails(), access);
        if (guardrails == Effect.DENY) {
            return Decision.explicitDeny(access, Layer.GUARDRAIL);
        }
        Effect identity = Effect.ALLOW;
        Effect boundary = Effect.ALLOW;
        if (subject.isBoundByIdentityPolicies()) {
            identity = any(policies.identity(), access);
            if (policies.boundary().isPresent()) {
                boundary = one(policies.boundary().get(), access);
            }
        }
        Effect session = policies.hasSessionLimit() ? any(policies.session(), access) : Effect.ALLOW;
        if (identity == Effect.DENY) {
            return Decision.explicitDeny(access, Layer.IDENTITY);
        }
        if (boundary == Effect.DENY) {
            return Decision.explicitDeny(access, Layer.BOUNDARY);
        }
        if (session == Effect.DENY) {
            return Decision.explicitDeny(access, Layer.SESSION);
        }
        if (resourceDenies(access, subject)) {
            return Decision.explicitDeny(access, Layer.RESOURCE);
        }
        if (guardrails == Effect.NONE) {
            return Decision.missingAllow(access, Layer.GUARDRAIL);
        }
        boolean own = subject.account().equals(access.resourceAccount());
        Naming naming = resourceNames(access, subject);
        boolean granted = access.grant() && access.rules() == Access.Rules.KEY;
        if (naming == Naming.NONE && !granted && needsResourcePolicy(access.rules(), own)) {
            return Decision.missingAllow(access, Layer.RESOURCE);
        }
        boolean direct = granted || (own && naming.compareTo(Naming.ITSELF) >= 0);
        if (!direct && identity == Effect.NONE) {
            return Decision.missingAllow(access, Layer.IDENTITY);
        }
        if (own && naming == Naming.SESSION) {
            return Decision.allow(access);
        }
        if (boundary == Effect.NONE) {
            return Decision.missingAllow(access, Layer.BOUNDARY);
        }
        return session == Effect.NONE ? Decision.missingAllow(access, Layer.SESSION) : Decision.allow(access);
    }

    private static boolean needsResourcePolicy(Access.Rules rules, boolean own) {
        return switch (rules) {
            case IDENTITY_ONLY, STANDARD -> !own;
            case KEY -> true;
        };
    }

    private static Decision withoutAccount(Access access, Subject subject) {
        if (resourceDenies(access, subject)) {
            return Decision.explicitDeny(access, Layer.RESOURCE);
        }
        if (access.rules() == Access.Rules.IDENTITY_ONLY) {
            return Decision.missingAllow(access, Layer.IDENTITY);
        }
        boolean known = subject.isService() || subject.federatedProvider().isPresent();
        boolean granted = access.grant() && access.rules() == Access.Rules.KEY;
        return known && (granted || resourceNames(access, subject) != Naming.NONE)
                ? Decision.allow(access)
                : Decision.missingAllow(access, Layer.RESOURCE);
    }

    private static boolean resourceDenies(Access access, Subject subject) {
        if (access.resourcePolicy().isEmpty()) {
            return false;
        }
        return appliesTo(
                access.resourcePolicy().get().policy().about(access.action()).denies(), access, subject);
    }

    /** How closely the resource policy's allowing statements name the caller. */
    private static Naming resourceNames(Access access, Subject subject) {
        if (access.resourcePolicy().isEmpty() || access.rules() == Access.Rules.IDENTITY_ONLY) {
            return Naming.NONE;
        }
        Naming closest = Naming.NONE;
        List<Statement> allows =
                access.resourcePolicy().get().policy().about(access.action()).allows();
        for (int i = 0; i < allows.size() && closest != Naming.SESSION; i++) {
            closest = closest.closer(allows.get(i).applies(access, subject));
        }
        return closest;
    }

    private static Effect one(NamedPolicy policy, Access access) {
        Policy.About about = policy.policy().about(access.action());
        return applies(about.denies(), access)
                ? Effect.DENY
                : applies(about.allows(), access) ? Effect.ALLOW : Effect.NONE;
    }

    private static boolean applies(List<Statement> statements, Access access) {
        for (int i = 0; i < statements.size(); i++) {
            if (statements.get(i).applies(access)) {
                return true;
            }
        }
        return false;
    }

    /** One allow among them suffices. */
    private static Effect any(List<NamedPolicy> policies, Access access) {
        Effect effect = Effect.NONE;
        for (int i = 0; i < policies.size(); i++) {
            Policy.About about = policies.get(i).policy().about(access.action());
            if (applies(about.denies(), access)) {
                return Effect.DENY;
            }
            if (effect == Effect.NONE && applies(about.allows(), access)) {
                effect = Effect.ALLOW;
            }
        }
        return effect;
    }

    /** All of them must allow; one that only denies allows all else. */
    private static Effect every(List<NamedPolicy> policies, Access access) {
        Effect effect = Effect.ALLOW;
        for (int i = 0; i < policies.size(); i++) {
            switch (one(policies.get(i), access)) {
                case DENY -> {
                    return Effect.DENY;
                }
                case NONE -> {
                    if (!policies.get(i).policy().deniesOnly()) {
                        effect = Effect.NONE;
                    }
                }
                case ALLOW -> {}
            }
        }
        return effect;
    }
}
