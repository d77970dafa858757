package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.ManagedPolicy;
import dev.keytrail.policy.ManagedPolicies;
import dev.keytrail.wire.shape.iam.GetPolicyRequest;
import dev.keytrail.wire.shape.iam.GetPolicyResponse;
import dev.keytrail.wire.shape.iam.Policy;
import java.util.Optional;

/** GetPolicy: one of the account's or of AWS's. */
final class GetPolicy {
    private final Permit permit;

    GetPolicy(Permit permit) {
        this.permit = permit;
    }

    Operation<GetPolicyRequest, GetPolicyResponse> row() {
        return Rows.reading(
                Service.IAM,
                "GetPolicy",
                GetPolicyRequest.class,
                GetPolicyResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("policyArn", in.policyArn())));
    }

    private Effect<GetPolicyResponse> run(Attempt attempt, GetPolicyRequest in) {
        Optional<ManagedPolicy> own = CustomerPolicies.permittedToRead(attempt, permit, in.policyArn());
        Policy policy = own.map(Policies::full).orElseGet(() -> ofAws(attempt, in.policyArn()));
        return Effect.of(GetPolicyResponse.builder().policy(policy).build());
    }

    private static Policy ofAws(Attempt attempt, String arn) {
        Entities.Uses uses =
                Entities.policyUses(attempt.state(), attempt.call().account()).getOrDefault(arn, Entities.Uses.NONE);
        return ManagedPolicies.byArn(arn)
                .map(policy -> Policies.ofAws(policy, uses))
                .orElseThrow(() -> IamErrors.noSuchPolicy(arn));
    }
}
