package dev.keytrail.kms.key;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.policy.MalformedPolicy;
import dev.keytrail.policy.Policy;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** What a key policy must be before it is accepted (kms.md section 13). Thread-safe. */
public final class KeyPolicies {
    /** The one policy of a key that can be written. */
    public static final String NAME = "default";

    /** Fixed by AWS (kms.md section 18). */
    public static final int BYTES_MAX = 32_768;

    private static final String PUT = "kms:PutKeyPolicy";

    private final Permissions permissions;
    private final Principals principals;

    public KeyPolicies(Permissions permissions, Principals principals) {
        this.permissions = permissions;
        this.principals = principals;
    }

    /** The policy of a key made without one: the account decides, through its IAM policies. */
    public static String defaultFor(String account) {
        return "{\"Version\":\"2012-10-17\",\"Id\":\"key-default-1\",\"Statement\":[{\"Sid\":\"Enable IAM User"
                + " Permissions\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::" + account
                + ":root\"},\"Action\":\"kms:*\",\"Resource\":\"*\"}]}";
    }

    /**
     * Checks a document for {@code named}, which is the key as it is or as it would be made.
     *
     * @return what is to be committed with it
     * @param bypassLockoutCheck accept a policy that locks the caller out
     * @param conditions those of the call itself
     * @throws dev.keytrail.call.Refused LimitExceededException or MalformedPolicyDocumentException
     */
    public Change<?> demandAcceptable(
            Attempt attempt,
            Named named,
            String document,
            boolean bypassLockoutCheck,
            Consumer<ConditionContext.Builder> conditions) {
        int bytes = document.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > BYTES_MAX) {
            throw KmsErrors.limitExceeded(
                    "The key policy is " + bytes + " bytes long; at most " + BYTES_MAX + " are allowed.");
        }
        Policy policy;
        try {
            policy = Policy.parse(document, Policy.Kind.KEY);
        } catch (MalformedPolicy malformed) {
            throw KmsErrors.malformedPolicy(String.valueOf(malformed.getMessage()));
        }
        for (String principal : policy.principals()) {
            if (!principals.exists(attempt.state(), principal)) {
                throw KmsErrors.malformedPolicy("Policy contains a statement with one or more invalid principals.");
            }
        }
        if (!bypassLockoutCheck && !permissions.wouldAllow(attempt, named, document, PUT, conditions)) {
            throw KmsErrors.malformedPolicy(
                    "The new key policy will not allow you to update the key policy in the future.");
        }
        return PolicyPrincipals.bind(attempt.state(), principals, named.key(), policy);
    }
}
