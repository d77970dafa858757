package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Remark;
import dev.keytrail.identity.directory.Role;
import dev.keytrail.policy.Access;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerContext;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.Optional;
import java.util.function.Consumer;

/** Whether a role's trust policy, and the caller's own policies, let the caller do something with the role. */
final class Trust {
    /** The record is the caller's account's, which is not to read another account's policy in it. */
    private static final String ELSEWHERE = "the role, if there is one, is another account's";

    private final Authorizer authorizer;
    private final PrincipalPolicies policies;
    private final Documents documents;

    Trust(Authorizer authorizer, PrincipalPolicies policies, Documents documents) {
        this.authorizer = authorizer;
        this.policies = policies;
        this.documents = documents;
    }

    /**
     * Returns the role if the caller may do {@code action} with it.
     *
     * @param action {@code sts:AssumeRole}, {@code sts:TagSession} or {@code sts:SetSourceIdentity}
     * @throws dev.keytrail.call.Refused AccessDenied, in the same words for a role that is not there
     */
    Role demand(
            Attempt attempt,
            String action,
            String roleArn,
            Optional<Role> role,
            Consumer<ConditionContext.Builder> more) {
        return demandFor(attempt, attempt.call().caller(), action, roleArn, role, more);
    }

    /** The same for a caller other than the one that signed: nobody, for whom the conditions say which provider vouches. */
    Role demandFor(
            Attempt attempt,
            Caller caller,
            String action,
            String roleArn,
            Optional<Role> role,
            Consumer<ConditionContext.Builder> more) {
        if (role.isEmpty()) {
            boolean own = Arn.parse(roleArn)
                    .filter(arn -> own(attempt, arn.account()))
                    .isPresent();
            attempt.notes().because(own ? "there is no role " + roleArn : ELSEWHERE);
            throw denied(attempt, caller, action, roleArn);
        }
        ConditionContext.Builder conditions = CallerContext.of(attempt.call());
        TagLists.resourceConditions(conditions, role.get().tags());
        more.accept(conditions);
        Decision decision = authorizer.decide(new Access(
                caller,
                action,
                roleArn,
                role.get().account(),
                conditions.build(),
                policies.of(attempt.state(), caller),
                Access.Rules.KEY,
                Optional.of(new NamedPolicy(
                        "trust policy",
                        documents.trustPolicy(role.get()),
                        role.get().trusted())),
                false));
        if (!decision.allowed()) {
            boolean shown = own(attempt, role.get().account()) || decision.deniedAtEndpoint();
            attempt.notes().because(shown ? decision : new Remark(ELSEWHERE));
            throw denied(attempt, caller, action, roleArn);
        }
        attempt.notes().because(decision);
        return role.get();
    }

    private static Refused denied(Attempt attempt, Caller caller, String action, String roleArn) {
        return caller.principal() instanceof Principal.Nobody
                ? StsErrors.accessDenied("Not authorized to perform " + action)
                : Permit.denied(attempt.call(), action, roleArn, Optional.empty());
    }

    private static boolean own(Attempt attempt, String account) {
        Caller caller = attempt.notes().caller().orElse(attempt.call().caller());
        return caller.accountOrOperator().equals(account);
    }
}
