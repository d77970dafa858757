package dev.keytrail.policy;

import java.util.List;

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
 */
public final class Authorizer {
    private enum Effect {
        NONE,
        ALLOW,
        DENY
    }

    public Authorizer() {}

    public Decision decide(Access access) {
        Subject subject = new Subject(access);
        return subject.account().isEmpty() ? withoutAccount(access, subject) : withAccount(access, subject);
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
        List<Statement> denies =
                access.resourcePolicy().get().policy().about(access.action()).denies();
        for (int i = 0; i < denies.size(); i++) {
            if (denies.get(i).applies(access, subject) != Naming.NONE) {
                return true;
            }
        }
        return false;
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
