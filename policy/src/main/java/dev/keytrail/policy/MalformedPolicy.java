package dev.keytrail.policy;

/** A document that is not a policy. The message says what is wrong, in words fit for the caller. */
public final class MalformedPolicy extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public MalformedPolicy(String what) {
        super(what, null, false, false);
    }
}
