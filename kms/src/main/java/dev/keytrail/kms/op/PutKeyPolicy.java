package dev.keytrail.kms.op;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Operation;
import dev.keytrail.kms.key.Circumstances;
import dev.keytrail.kms.key.Key;
import dev.keytrail.kms.key.KeyPolicies;
import dev.keytrail.kms.key.KmsErrors;
import dev.keytrail.kms.key.Named;
import dev.keytrail.kms.key.StateRule;
import dev.keytrail.wire.NoOutput;
import dev.keytrail.wire.shape.kms.PutKeyPolicyRequest;
import java.util.Optional;

/** PutKeyPolicy: binds every call that starts after its answer. */
final class PutKeyPolicy {
    private static final String RAM = "AWS_RAM";

    private final KeyCare care;
    private final KeyPolicies policies;

    PutKeyPolicy(KeyCare care, KeyPolicies policies) {
        this.care = care;
        this.policies = policies;
    }

    Operation<PutKeyPolicyRequest, NoOutput> row() {
        return Rows.changing("PutKeyPolicy", PutKeyPolicyRequest.class, NoOutput.class, this::run, PutKeyPolicy::shown);
    }

    private Effect<NoOutput> run(Attempt attempt, PutKeyPolicyRequest in) {
        String name = in.policyName().orElse(KeyPolicies.NAME);
        boolean bypass = in.bypassPolicyLockoutSafetyCheck().orElse(false);
        Circumstances conditions =
                to -> to.put("kms:PolicyName", name).put("kms:BypassPolicyLockoutSafetyCheck", bypass);
        Key key = care.ready(attempt, in.keyId(), StateRule.ANY, conditions);
        if (name.equals(RAM)) {
            throw KmsErrors.invalid("The AWS_RAM policy can only be managed by the RAM service");
        }
        if (!name.equals(KeyPolicies.NAME)) {
            throw KmsErrors.noSuchPolicy();
        }
        Change<?> bound = policies.demandAcceptable(attempt, Named.byId(key), in.policy(), bypass, conditions);
        return Effect.of(NoOutput.INSTANCE, Change.put(Key.TABLE, key.rowKey(), key.withPolicy(in.policy())), bound);
    }

    private static Optional<Facts> shown(PutKeyPolicyRequest in) {
        boolean bypass = in.bypassPolicyLockoutSafetyCheck().orElse(false);
        return Optional.of(Facts.facts()
                .put("keyId", in.keyId())
                .put("policyName", in.policyName())
                .put("policy", in.policy())
                .put("bypassPolicyLockoutSafetyCheck", bypass));
    }
}
