package dev.keytrail.kms.key;

import dev.keytrail.call.State;

/** Port: who exists. Identity implements it; key policies are checked against it. */
@FunctionalInterface
public interface Principals {
    /**
     * Whether {@code principal}, an ARN as an {@code AWS} principal of a policy names it, can be. True for what this
     * server cannot know: accounts, users and roles that live elsewhere. Reads through {@code state}.
     */
    boolean exists(State state, String principal);
}
