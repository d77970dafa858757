package dev.keytrail.policy;

import dev.keytrail.call.Caller;
import java.util.List;
import java.util.Optional;

/**
 * One question: may this caller do this to that?
 *
 * @param action e.g. {@code kms:Encrypt}
 * @param resource the ARN, or {@code *} for actions without one
 * @param resourceAccount the owner's account (the caller's own for {@code *})
 * @param context condition keys and values, those of {@link CallerContext} included
 * @param resourcePolicy the key policy, bucket policy, trust policy, if the resource has one
 * @param grant whether a valid grant allows it to the caller itself (KEY rules only)
 */
public record Access(
        Caller caller,
        String action,
        String resource,
        String resourceAccount,
        ConditionContext context,
        CallerPolicies policies,
        Rules rules,
        Optional<NamedPolicy> resourcePolicy,
        boolean grant) {
    /** How the resource's own policy counts (identity.md section 6, kms.md section 15). */
    public enum Rules {
        /** No resource policy exists: identity policies alone decide. */
        IDENTITY_ONLY,
        /** Same account: identity policy or resource policy suffices. Cross-account: both. */
        STANDARD,
        /**
         * KMS keys: the key policy must allow the principal, or delegate to its account; or a grant must allow. Roles
         * follow the same rules with their trust policy: an identity policy alone never lets anyone in.
         */
        KEY
    }

    private static final String PRINCIPAL_TAG = "aws:principaltag/";
    private static final String RESOURCE_ACCOUNT = "aws:resourceaccount";

    Access withoutResourcePolicy() {
        return new Access(caller, action, resource, resourceAccount, context, policies, rules, Optional.empty(), grant);
    }

    /** Values of a condition key in {@linkplain ConditionContext#canonical canonical} form; none when it is absent. */
    List<String> valuesOf(String key) {
        Optional<List<String>> values = context.get(key);
        if (values.isPresent()) {
            return values.get();
        }
        if (!policies.tags().isEmpty() && key.startsWith(PRINCIPAL_TAG)) {
            return CallerContext.withoutCase(policies.tags(), key.substring(PRINCIPAL_TAG.length()))
                    .map(List::of)
                    .orElse(List.of());
        }
        return key.equals(RESOURCE_ACCOUNT) && !resourceAccount.isEmpty() ? List.of(resourceAccount) : List.of();
    }
}
