package dev.keytrail.kms.key;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Reason;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Remark;
import dev.keytrail.policy.Access;
import dev.keytrail.policy.Access.Rules;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerContext;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Asks whether a caller may do what it asks (kms.md sections 15 and 16). Thread-safe. A refusal notes the decision's
 * trace, and keeps the record in the caller's own account.
 */
public final class Permissions {
    /** For actions whose conditions are only those of caller and key. */
    public static final Circumstances NOTHING_MORE = Circumstances.NOTHING_MORE;

    /** The record is the caller's account's, which is not to read another account's policy in it. */
    private static final Reason ELSEWHERE = new Remark("the key, if there is one, is another account's");

    private static final String KEY_POLICY = "key policy";

    private final Authorizer authorizer;
    private final PolicyCache documents;
    private final PrincipalPolicies callers;

    public Permissions(Authorizer authorizer, PolicyCache documents, PrincipalPolicies callers) {
        this.authorizer = authorizer;
        this.documents = documents;
        this.callers = callers;
    }

    /**
     * The key's policy must let the caller, or its account together with the caller's own policies, or a grant must.
     *
     * @throws Refused AccessDeniedException; about another account's key in words that do not tell whether it exists
     */
    public void demand(Attempt attempt, Named named, String action, Circumstances more) {
        settle(
                attempt,
                named,
                decide(attempt, named, action, more),
                because -> aboutKey(attempt, named, action, because));
    }

    /**
     * For RetireGrant, which nobody can be let do by policy alone: what the grant says of the caller decides, and policies
     * may only forbid.
     */
    public void demandEntitled(Attempt attempt, Named named, String action, Entitlement entitlement) {
        Access access = access(attempt, named, named.key().policy(), action, NOTHING_MORE);
        Decision decision = switch (entitlement) {
            case ITSELF -> authorizer.decide(granted(access));
            case ITS_ACCOUNT -> decideDelegated(access);
            case NONE -> new Decision(false, Optional.empty(), List.of("the grant does not let the caller retire it"));
        };
        settle(attempt, named, decision, because -> aboutKey(attempt, named, action, because));
    }

    /** Whom a grant lets do something: the caller, its account (and so whom that lets), or neither. */
    public enum Entitlement {
        ITSELF,
        ITS_ACCOUNT,
        NONE
    }

    /** The same for a key that only a ciphertext named: the refusal tells nothing of it. */
    public void demandForCiphertext(Attempt attempt, Named named, String action, Circumstances more) {
        settle(attempt, named, decide(attempt, named, action, more), because -> KmsErrors.deniedCiphertext());
    }

    /** Actions without a key to have a policy: the caller's own policies decide. */
    public void demandOfCaller(
            Attempt attempt, String action, Optional<String> resource, Consumer<ConditionContext.Builder> more) {
        ConditionContext.Builder conditions = CallerContext.of(attempt.call());
        conditions.put("kms:CallerAccount", attempt.call().account());
        more.accept(conditions);
        Decision decision = authorizer.decide(new Access(
                attempt.call().caller(),
                action,
                resource.orElse("*"),
                attempt.call().account(),
                conditions.build(),
                callers.of(attempt.state(), attempt.call().caller()),
                Rules.IDENTITY_ONLY,
                Optional.empty(),
                false));
        if (!decision.allowed()) {
            throw denied(attempt, decision, KmsErrors.denied(attempt.call(), action, resource, decision.because()));
        }
        attempt.notes().because(decision);
    }

    /** Whether the caller could still do {@code action} if the key had {@code policyText} (the lockout check). */
    public boolean wouldAllow(
            Attempt attempt, Named named, String policyText, String action, Consumer<ConditionContext.Builder> more) {
        return authorizer
                .decide(access(attempt, named, policyText, action, more))
                .allowed();
    }

    private static Refused aboutKey(Attempt attempt, Named named, String action, Optional<String> because) {
        return named.foreignTo(attempt)
                ? KmsErrors.deniedElsewhere(attempt.call(), action)
                : KmsErrors.denied(
                        attempt.call(), action, Optional.of(named.key().arn()), because);
    }

    private static void settle(
            Attempt attempt, Named named, Decision decision, Function<Optional<String>, Refused> refusal) {
        if (!decision.allowed()) {
            // An endpoint's policy is nothing of the other account's.
            boolean hidden = named.foreignTo(attempt) && !decision.deniedAtEndpoint();
            throw denied(attempt, hidden ? ELSEWHERE : decision, refusal.apply(decision.because()));
        }
        attempt.notes().because(decision);
        if (named.foreignTo(attempt)) {
            Keyring.note(attempt.notes(), named.key());
        }
    }

    /** Grants are looked for last, so that a call that policies allow pays nothing for them. */
    private Decision decide(Attempt attempt, Named named, String action, Circumstances more) {
        Access access = access(attempt, named, named.key().policy(), action, more);
        Decision decision = authorizer.decide(access);
        Optional<GrantOperation> operation = GrantOperation.ofAction(action);
        if (decision.allowed() || decision.explicitlyDenied() || operation.isEmpty()) {
            return decision;
        }
        Principal caller = attempt.call().caller().principal();
        for (String name : GrantParty.names(caller)) {
            if (holds(attempt, named, operation.get(), name, more, access)) {
                return authorizer.decide(granted(access));
            }
        }
        Optional<String> account = GrantParty.accountName(caller);
        return account.isPresent() && holds(attempt, named, operation.get(), account.get(), more, access)
                ? decideDelegated(access)
                : decision;
    }

    private static boolean holds(
            Attempt attempt,
            Named named,
            GrantOperation operation,
            String grantee,
            Circumstances circumstances,
            Access access) {
        Principal caller = attempt.call().caller().principal();
        Optional<Grant> grant =
                Grants.find(attempt.state(), named.key(), operation, grantee, circumstances, access.context(), caller);
        grant.ifPresent(found -> attempt.notes().because("grant " + found.id() + " to " + grantee + " applies"));
        return grant.isPresent();
    }

    /** A grant to an account leaves it to that account's policies whom to let. */
    private Decision decideDelegated(Access access) {
        Decision own = authorizer.decide(new Access(
                access.caller(),
                access.action(),
                access.resource(),
                access.caller().accountOrOperator(),
                access.context(),
                access.policies(),
                Rules.IDENTITY_ONLY,
                Optional.empty(),
                false));
        return own.allowed() ? authorizer.decide(granted(access)) : own;
    }

    private static Access granted(Access access) {
        return new Access(
                access.caller(),
                access.action(),
                access.resource(),
                access.resourceAccount(),
                access.context(),
                access.policies(),
                access.rules(),
                access.resourcePolicy(),
                true);
    }

    private Access access(
            Attempt attempt, Named named, String policyText, String action, Consumer<ConditionContext.Builder> more) {
        Key key = named.key();
        Policy policy = documents.get(policyText, Policy.Kind.KEY);
        // A policy not yet in force means whoever has the names now.
        Map<String, String> meant =
                policyText.equals(key.policy()) ? PolicyPrincipals.of(attempt.state(), key, policy) : Map.of();
        ConditionContext.Builder conditions = CallerContext.of(attempt.call());
        KeyConditions.describe(attempt, named, conditions);
        more.accept(conditions);
        return new Access(
                attempt.call().caller(),
                action,
                key.arn(),
                key.account(),
                conditions.build(),
                callers.of(attempt.state(), attempt.call().caller()),
                Rules.KEY,
                Optional.of(new NamedPolicy(KEY_POLICY, policy, meant)),
                false);
    }

    private static Refused denied(Attempt attempt, Reason reason, Refused refusal) {
        attempt.notes().callerOnly();
        attempt.notes().because(reason);
        return refusal;
    }
}
