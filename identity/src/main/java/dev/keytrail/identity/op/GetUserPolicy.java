package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.shape.iam.GetUserPolicyRequest;
import dev.keytrail.wire.shape.iam.GetUserPolicyResponse;
import java.util.Optional;

/** GetUserPolicy: an inline policy's document. */
final class GetUserPolicy {
    private final Permit permit;

    GetUserPolicy(Permit permit) {
        this.permit = permit;
    }

    Operation<GetUserPolicyRequest, GetUserPolicyResponse> row() {
        return Rows.reading(
                Service.IAM,
                "GetUserPolicy",
                GetUserPolicyRequest.class,
                GetUserPolicyResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("userName", in.userName()).put("policyName", in.policyName())));
    }

    private Effect<GetUserPolicyResponse> run(Attempt attempt, GetUserPolicyRequest in) {
        User user = Users.permitted(attempt, permit, in.userName());
        String document = user.policies()
                .document(in.policyName())
                .orElseThrow(() -> IamErrors.noSuchInlinePolicy(in.policyName()));
        return Effect.of(GetUserPolicyResponse.builder()
                .userName(user.name())
                .policyName(in.policyName())
                .policyDocument(Documents.encoded(document))
                .build());
    }
}
