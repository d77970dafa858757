package dev.keytrail.kms.key;

import dev.keytrail.call.State;
import java.util.Optional;

/** Port: who exists. Identity implements it; key policies are checked against it. */
@FunctionalInterface
public interface Principals {
    /**
     * Whether there can be a {@code principal}, which an {@code AWS} element of a policy names as an account number, ARN or
     * unique id. True for what this server cannot know: accounts, users and roles that live elsewhere. Reads through
     * {@code state}.
     */
    boolean exists(State state, String principal);

    /** The unique id at present of a user or role that lives here and that the ARN, or that of a session, names. */
    default Optional<String> uniqueId(State state, String principal) {
        return Optional.empty();
    }
}
