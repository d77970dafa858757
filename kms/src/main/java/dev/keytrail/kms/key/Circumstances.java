package dev.keytrail.kms.key;

import dev.keytrail.policy.ConditionContext;
import java.util.function.Consumer;

/**
 * What a request brings to a decision beside its action: further condition keys for policies, and what grants look at.
 * A lambda that puts condition keys is one.
 */
@FunctionalInterface
public interface Circumstances extends Consumer<ConditionContext.Builder> {
    /** For actions whose conditions are only those of caller and key. */
    Circumstances NOTHING_MORE = conditions -> {};

    /** The pairs that a grant's constraints are held against. */
    default EncryptionContext context() {
        return EncryptionContext.NONE;
    }

    /**
     * Whether a grant of this operation, found for the caller, covers the request. Of constraints all but the source ARN.
     */
    default boolean coveredBy(Grant grant, GrantOperation operation) {
        return !operation.takesContext() || grant.constraints().allow(context());
    }
}
