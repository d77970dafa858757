package dev.keytrail.identity.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.call.Service;
import dev.keytrail.identity.directory.AttachedPolicies;
import dev.keytrail.identity.directory.User;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.iam.PutUserPolicyRequest;
import java.util.Optional;

/** PutUserPolicy: adds or replaces an inline policy. */
final class PutUserPolicy {
    /** Characters of all inline policies of a user together, white space not counted. */
    private static final int CHARACTERS_MAX = 2048;

    private final Permit permit;
    private final Documents documents;

    PutUserPolicy(Permit permit, Documents documents) {
        this.permit = permit;
        this.documents = documents;
    }

    Operation<PutUserPolicyRequest, NoOutput> row() {
        return Rows.changing(
                Service.IAM,
                "PutUserPolicy",
                PutUserPolicyRequest.class,
                NoOutput.class,
                this::run,
                PutUserPolicy::facts);
    }

    private Effect<NoOutput> run(Attempt attempt, PutUserPolicyRequest in) {
        User user = Users.permitted(attempt, permit, in.userName());
        documents.requireIdentityPolicy(in.policyDocument());
        AttachedPolicies policies = user.policies().withInline(in.policyName(), in.policyDocument());
        int characters = policies.inline().values().stream()
                .mapToInt(Documents::characters)
                .sum();
        if (characters > CHARACTERS_MAX) {
            throw IamErrors.limitExceeded(
                    "Maximum policy size of " + CHARACTERS_MAX + " bytes exceeded for user " + user.name());
        }
        return Effect.of(NoOutput.INSTANCE, Users.putPolicies(user, policies));
    }

    private static Optional<Facts> facts(PutUserPolicyRequest in) {
        return Optional.of(Facts.facts()
                .put("userName", in.userName())
                .put("policyName", in.policyName())
                .put("policyDocument", in.policyDocument()));
    }
}
