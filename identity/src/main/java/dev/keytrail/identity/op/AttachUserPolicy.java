package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.AttachUserPolicyRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** AttachUserPolicy: a managed policy, AWS's or the account's own. Attaching one twice changes nothing. */
final class AttachUserPolicy {
    /** AWS's quota AttachedPoliciesPerUser. */
    private static final int POLICIES_MAX = 10;

    private final Permit permit;

    AttachUserPolicy(Permit permit) {
        this.permit = permit;
    }

    Operation<AttachUserPolicyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "AttachUserPolicy",
                AttachUserPolicyRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("userName", in.userName()).put("policyArn", in.policyArn())));
    }

    private Effect<NoOutput> run(Attempt attempt, AttachUserPolicyRequest in) {
        User user = Users.permitted(
                attempt, permit, in.userName(), conditions -> conditions.put("iam:PolicyARN", in.policyArn()));
        Optional<Change<?>> counted = Attachments.attached(attempt, in.policyArn());
        AttachedPolicies policies = user.policies();
        if (policies.managed().contains(in.policyArn())) {
            return Effect.of(NoOutput.INSTANCE);
        }
        if (policies.managed().size() >= POLICIES_MAX) {
            throw IamErrors.limitExceeded("Cannot exceed quota for PoliciesPerUser: " + POLICIES_MAX);
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Users.putPolicies(user, policies.with(in.policyArn())));
        counted.ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }
}
