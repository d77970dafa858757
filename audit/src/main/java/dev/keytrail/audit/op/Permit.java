package dev.keytrail.audit.op;

import dev.keytrail.call.ApiError;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Call;
import dev.keytrail.call.Refused;
import dev.keytrail.policy.Access;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerContext;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.Optional;

/** Asks whether the caller may do what it asks. Trails have no policies of their own: identity policies decide. */
public final class Permit {
    /** For actions that name no resource. */
    public static final String ANY = "*";

    private final Authorizer authorizer;
    private final PrincipalPolicies policies;

    public Permit(Authorizer authorizer, PrincipalPolicies policies) {
        this.authorizer = authorizer;
        this.policies = policies;
    }

    /**
     * Returns if the caller may.
     *
     * @param resource a trail's ARN, or {@link #ANY}
     * @throws Refused with AccessDeniedException if not
     */
    public void check(Attempt attempt, String resource) {
        check(attempt, attempt.call().action(), resource);
    }

    /** For what needs more than the action of the operation's own name. */
    void check(Attempt attempt, String action, String resource) {
        Call call = attempt.call();
        Decision decision = authorizer.decide(new Access(
                call.caller(),
                action,
                resource,
                call.account(),
                CallerContext.of(call).build(),
                policies.of(attempt.state(), call.caller()),
                Access.Rules.IDENTITY_ONLY,
                Optional.empty(),
                false));
        attempt.notes().because(decision);
        if (!decision.allowed()) {
            attempt.notes().callerOnly();
            String on = resource.equals(ANY) ? "" : " on resource: " + resource;
            String because = decision.because().map(b -> " " + b).orElse("");
            throw new Refused(ApiError.of(
                    "AccessDeniedException",
                    "User: " + call.caller().arn() + " is not authorized to perform: " + action + on + because));
        }
    }
}
