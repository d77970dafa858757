package dev.keytrail.identity.op;

import dev.keytrail.call.Arn;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.identity.directory.IdentityPolicies;
import dev.keytrail.wire.shape.iam.AttachedPolicy;
import java.util.Optional;

/**
 * Managed policies as they are attached and detached. A customer's policy counts its uses in its own row, so that it
 * cannot be deleted while somebody attaches it.
 */
final class Attachments {
    private Attachments() {}

    /** The change of the policy's row, if it has one. @throws Refused if the caller's account has no such policy */
    static Optional<Change<?>> attached(Attempt attempt, String arn) {
        require(attempt, arn);
        return IdentityPolicies.customerManaged(attempt.state(), arn)
                .map(p -> CustomerPolicies.put(p.withAttachments(p.attachments() + 1)));
    }

    static Optional<Change<?>> detached(Attempt attempt, String arn) {
        return IdentityPolicies.customerManaged(attempt.state(), arn)
                .map(p -> CustomerPolicies.put(p.withAttachments(p.attachments() - 1)));
    }

    static Optional<Change<?>> boundarySet(Attempt attempt, String arn) {
        require(attempt, arn);
        return IdentityPolicies.customerManaged(attempt.state(), arn)
                .map(p -> CustomerPolicies.put(p.withBoundaryUses(p.boundaryUses() + 1)));
    }

    static Optional<Change<?>> boundaryRemoved(Attempt attempt, String arn) {
        return IdentityPolicies.customerManaged(attempt.state(), arn)
                .map(p -> CustomerPolicies.put(p.withBoundaryUses(p.boundaryUses() - 1)));
    }

    /** The last part of a policy's ARN. */
    static String name(String arn) {
        return arn.substring(arn.lastIndexOf('/') + 1);
    }

    /** What stands between {@code policy} and the name, slashes included. */
    static String path(String arn) {
        return arn.substring(arn.indexOf('/'), arn.lastIndexOf('/') + 1);
    }

    static AttachedPolicy shape(String arn) {
        return AttachedPolicy.builder().policyName(name(arn)).policyArn(arn).build();
    }

    private static void require(Attempt attempt, String arn) {
        attempt.notes().named("AWS::IAM::Policy", arn);
        String account = requireForm(arn);
        boolean reachable =
                account.equals("aws") || account.equals(attempt.call().account());
        if (!reachable || !IdentityPolicies.exists(attempt.state(), arn)) {
            throw IamErrors.noSuchEntity("Policy " + arn + " does not exist or is not attachable.");
        }
    }

    /** The policy's account ({@code aws} for AWS's own). @throws Refused InvalidInput if it is no policy's ARN */
    static String requireForm(String arn) {
        return Arn.parse(arn)
                .filter(a -> a.service().equals("iam") && a.resource().startsWith("policy/"))
                .orElseThrow(() -> IamErrors.invalidInput("ARN " + arn + " is not valid."))
                .account();
    }
}
