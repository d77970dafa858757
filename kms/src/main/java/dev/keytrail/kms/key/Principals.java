package dev.keytrail.kms.key;

import dev.keytrail.call.State;

/** Port: who exists. Identity implements it; key policies are checked against it. */
@FunctionalInterface
public interface Principals {
    /**
     * Whether there can be a {@code principal}, which an {@code AWS} element of a policy names as an account number, ARN or
     * unique id. True for what this server cannot know: accounts, users and roles that live elsewhere. Reads through
     * {@code state}.
     */
    boolean exists(State state, String principal);
}
