package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.identity.directory.IdentityPolicies;
import dev.keytrail.identity.directory.IdentityTables;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.policy.ConditionContext;
import java.util.Optional;
import java.util.function.Consumer;

/** Finding and storing the customer-managed policies of the caller's account. */
final class CustomerPolicies {
    private CustomerPolicies() {}

    /** Asks for permission on the policy before telling whether there is one. */
    static ManagedPolicy permitted(
            Attempt attempt, Permit permit, String arn, Consumer<ConditionContext.Builder> more) {
        Optional<ManagedPolicy> found = find(attempt, arn);
        demand(attempt, permit, arn, found, more);
        return found.orElseThrow(() -> IamErrors.noSuchPolicy(arn));
    }

    static ManagedPolicy permitted(Attempt attempt, Permit permit, String arn) {
        return permitted(attempt, permit, arn, Permit.NOTHING_MORE);
    }

    /** Like {@link #permitted}, for reading: AWS's own policies are everybody's. Empty for those. */
    static Optional<ManagedPolicy> permittedToRead(Attempt attempt, Permit permit, String arn) {
        if (!Attachments.requireForm(arn).equals("aws")) {
            return Optional.of(permitted(attempt, permit, arn));
        }
        attempt.notes().named("AWS::IAM::Policy", arn);
        permit.demand(attempt, arn);
        if (!IdentityPolicies.exists(attempt.state(), arn)) {
            throw IamErrors.noSuchPolicy(arn);
        }
        return Optional.empty();
    }

    private static Optional<ManagedPolicy> find(Attempt attempt, String arn) {
        String account = Attachments.requireForm(arn);
        attempt.notes().named("AWS::IAM::Policy", arn);
        if (!account.equals(attempt.call().account())) {
            // AWS's policies can only be read, and another account's not even that.
            throw Permit.denied(attempt.call(), "policy " + arn, Optional.empty());
        }
        return IdentityPolicies.customerManaged(attempt.state(), arn);
    }

    private static void demand(
            Attempt attempt,
            Permit permit,
            String arn,
            Optional<ManagedPolicy> found,
            Consumer<ConditionContext.Builder> more) {
        permit.demand(attempt, arn, conditions -> {
            found.ifPresent(policy -> TagLists.resourceConditions(conditions, policy.tags()));
            more.accept(conditions);
        });
    }

    static Change<ManagedPolicy> put(ManagedPolicy policy) {
        return Change.put(IdentityTables.POLICIES, IdentityTables.key(policy.account(), policy.name()), policy);
    }
}
