package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.shape.kms.GetKeyPolicyRequest;
import dev.keytrail.wire.shape.kms.GetKeyPolicyResponse;
import java.util.Optional;

/** GetKeyPolicy: the document as it was given. */
final class GetKeyPolicy {
    private final KeyCare care;

    GetKeyPolicy(KeyCare care) {
        this.care = care;
    }

    Operation<GetKeyPolicyRequest, GetKeyPolicyResponse> row() {
        return Rows.reading(
                "GetKeyPolicy",
                GetKeyPolicyRequest.class,
                GetKeyPolicyResponse.class,
                this::run,
                in -> Optional.of(Facts.facts().put("keyId", in.keyId()).put("policyName", in.policyName())));
    }

    private Effect<GetKeyPolicyResponse> run(Attempt attempt, GetKeyPolicyRequest in) {
        String name = in.policyName().orElse(KeyPolicies.NAME);
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY, to -> to.put("kms:PolicyName", name));
        if (!name.equals(KeyPolicies.NAME)) {
            throw KmsErrors.noSuchPolicy();
        }
        return Effect.of(GetKeyPolicyResponse.builder()
                .policy(key.policy())
                .policyName(name)
                .build());
    }
}
