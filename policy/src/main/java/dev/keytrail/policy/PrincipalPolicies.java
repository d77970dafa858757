package dev.keytrail.policy;

import dev.keytrail.call.Caller;
import dev.keytrail.call.State;

/** Port: what policies a caller has. Identity implements it; kms and audit ask through it. */
@FunctionalInterface
public interface PrincipalPolicies {
    /** Reads through {@code state}, so that a policy changed before the commit makes the call be decided again. */
    CallerPolicies of(State state, Caller caller);
}
