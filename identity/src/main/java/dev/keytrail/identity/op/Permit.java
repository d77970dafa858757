package dev.keytrail.identity.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.Account;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.policy.Access;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerContext;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.Optional;
import java.util.function.Consumer;

/** Asks whether the caller may do what it asks. These services' resources have no policies: the caller's own decide. */
final class Permit {
    /** For actions that name no resource. */
    static final String ANY = "*";

    /** For actions whose conditions are only the caller's. */
    static final Consumer<ConditionContext.Builder> NOTHING_MORE = _ -> {};

    private final Authorizer authorizer;
    private final PrincipalPolicies policies;

    Permit(Authorizer authorizer, PrincipalPolicies policies) {
        this.authorizer = authorizer;
        this.policies = policies;
    }

    void demand(Attempt attempt, String resource) {
        demand(attempt, resource, NOTHING_MORE);
    }

    /**
     * Returns if the caller may do the call's action.
     *
     * @param resource an ARN of the caller's account, or {@link #ANY}
     * @throws Refused AccessDenied (AccessDeniedException for Keytrail's own calls)
     */
    void demand(Attempt attempt, String resource, Consumer<ConditionContext.Builder> more) {
        demand(attempt, attempt.call().action(), resource, more);
    }

    /** The same, for what only principals of the operator's account may do at all. */
    void demandOfOperator(Attempt attempt, String resource) {
        Call call = attempt.call();
        boolean operator = attempt.state()
                .get(IdentityTables.ACCOUNTS, call.account())
                .map(Account::operator)
                .orElse(false);
        if (!operator) {
            throw denied(call, resource, Optional.of("because only the operator's account may administer the server"));
        }
        demand(attempt, resource);
    }

    /** For what a call does beside its own action, e.g. tagging what it makes. */
    void demand(Attempt attempt, String action, String resource, Consumer<ConditionContext.Builder> more) {
        demand(attempt, attempt.call(), action, resource, more);
    }

    /** The same for somebody who turned out to be the caller. */
    void demandAs(Attempt attempt, Caller caller, String action, String resource) {
        Call call = attempt.call();
        Call theirs = new Call(
                call.requestId(),
                call.receivedAt(),
                call.service(),
                call.operation(),
                call.region(),
                caller,
                call.origin());
        demand(attempt, theirs, action, resource, NOTHING_MORE);
    }

    private void demand(
            Attempt attempt, Call call, String action, String resource, Consumer<ConditionContext.Builder> more) {
        refuseFederatedUser(call);
        ConditionContext.Builder conditions = CallerContext.of(call);
        more.accept(conditions);
        Decision decision = authorizer.decide(new Access(
                call.caller(),
                action,
                resource,
                call.account(),
                conditions.build(),
                policies.of(attempt.state(), call.caller()),
                Access.Rules.IDENTITY_ONLY,
                Optional.empty(),
                false));
        attempt.notes().because(decision);
        if (!decision.allowed()) {
            throw denied(call, action, resource, decision.because());
        }
    }

    /** Sessions of GetFederationToken are for other services than IAM (identity.md section 2). */
    private static void refuseFederatedUser(Call call) {
        if (call.service() == Service.IAM && call.caller().principal() instanceof Principal.FederatedUser) {
            throw new Refused(
                    ApiError.of("InvalidClientTokenId", 403, "The security token included in the request is invalid"));
        }
    }

    static Refused denied(Call call, String resource, Optional<String> because) {
        return denied(call, call.action(), resource, because);
    }

    static Refused denied(Call call, String action, String resource, Optional<String> because) {
        String text = "User: " + call.caller().arn() + " is not authorized to perform: " + action + " on resource: "
                + resource + because.map(b -> " " + b).orElse("");
        return new Refused(
                call.service() == Service.KEYTRAIL
                        ? ApiError.of("AccessDeniedException", text)
                        : ApiError.of("AccessDenied", 403, text));
    }
}
