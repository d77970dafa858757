package dev.keytrail.kms.key;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Refused;
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
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Asks whether a caller may do what it asks (kms.md sections 15 and 16). Thread-safe. A refusal notes the decision's
 * trace, and keeps the record in the caller's own account.
 */
public final class Permissions {
    /** For actions whose conditions are only those of caller and key. */
    public static final Consumer<ConditionContext.Builder> NOTHING_MORE = conditions -> {};

    /** The record is the caller's account's, which is not to read another account's policy in it. */
    private static final List<String> ELSEWHERE = List.of("the key, if there is one, is another account's");

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
     * The key's policy must let the caller, or its account together with the caller's own policies.
     *
     * @throws Refused AccessDeniedException; about another account's key in words that do not tell whether it exists
     */
    public void demand(Attempt attempt, Named named, String action, Consumer<ConditionContext.Builder> more) {
        demand(
                attempt,
                named,
                action,
                more,
                because -> named.foreignTo(attempt)
                        ? KmsErrors.deniedElsewhere(attempt.call(), action)
                        : KmsErrors.denied(
                                attempt.call(), action, Optional.of(named.key().arn()), because));
    }

    /** The same for a key that only a ciphertext named: the refusal tells nothing of it. */
    public void demandForCiphertext(
            Attempt attempt, Named named, String action, Consumer<ConditionContext.Builder> more) {
        demand(attempt, named, action, more, because -> KmsErrors.deniedCiphertext());
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
            throw denied(
                    attempt, decision.trace(), KmsErrors.denied(attempt.call(), action, resource, decision.because()));
        }
    }

    /** Whether the caller could still do {@code action} if the key had {@code policyText} (the lockout check). */
    public boolean wouldAllow(
            Attempt attempt, Named named, String policyText, String action, Consumer<ConditionContext.Builder> more) {
        return decide(attempt, named, policyText, action, more).allowed();
    }

    private void demand(
            Attempt attempt,
            Named named,
            String action,
            Consumer<ConditionContext.Builder> more,
            Function<Optional<String>, Refused> refusal) {
        Decision decision = decide(attempt, named, named.key().policy(), action, more);
        if (!decision.allowed()) {
            throw denied(
                    attempt,
                    named.foreignTo(attempt) ? ELSEWHERE : decision.trace(),
                    refusal.apply(decision.because()));
        }
        if (named.foreignTo(attempt)) {
            Keyring.note(attempt.notes(), named.key());
        }
    }

    private Decision decide(
            Attempt attempt, Named named, String policyText, String action, Consumer<ConditionContext.Builder> more) {
        Key key = named.key();
        ConditionContext.Builder conditions = CallerContext.of(attempt.call());
        KeyConditions.describe(attempt, named, conditions);
        more.accept(conditions);
        return authorizer.decide(new Access(
                attempt.call().caller(),
                action,
                key.arn(),
                key.account(),
                conditions.build(),
                callers.of(attempt.state(), attempt.call().caller()),
                Rules.KEY,
                Optional.of(new NamedPolicy(KEY_POLICY, documents.get(policyText, Policy.Kind.KEY))),
                false));
    }

    private static Refused denied(Attempt attempt, List<String> trace, Refused refusal) {
        attempt.notes().callerOnly();
        trace.forEach(attempt.notes()::because);
        return refusal;
    }
}
