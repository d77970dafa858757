package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.DetachUserPolicyRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** DetachUserPolicy. */
final class DetachUserPolicy {
    private final Permit permit;

    DetachUserPolicy(Permit permit) {
        this.permit = permit;
    }

    Operation<DetachUserPolicyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "DetachUserPolicy",
                DetachUserPolicyRequest.class,
                NoOutput.class,
                this::run,
                in -> Optional.of(Facts.facts().put("userName", in.userName()).put("policyArn", in.policyArn())));
    }

    private Effect<NoOutput> run(Attempt attempt, DetachUserPolicyRequest in) {
        User user = Users.permitted(
                attempt, permit, in.userName(), conditions -> conditions.put("iam:PolicyARN", in.policyArn()));
        attempt.notes().named("AWS::IAM::Policy", in.policyArn());
        Attachments.requireForm(in.policyArn());
        if (!user.policies().managed().contains(in.policyArn())) {
            throw IamErrors.noSuchEntity("Policy " + in.policyArn() + " was not found.");
        }
        List<Change<?>> changes = new ArrayList<>();
        changes.add(Users.putPolicies(user, user.policies().without(in.policyArn())));
        Attachments.detached(attempt, in.policyArn()).ifPresent(changes::add);
        return Effect.of(NoOutput.INSTANCE, changes);
    }
}
