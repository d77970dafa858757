package dev.keytrail.crypto.token;

/** A token did not do what it was asked. No stack trace; the text is for operators and holds no secret. */
public final class TokenFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final Cause cause;

    TokenFailure(Cause cause, String text) {
        super(text, null, false, false);
        this.cause = cause;
    }

    /** What went wrong. */
    public enum Cause {
        /** The PKCS#11 library cannot be loaded or does not start. */
        NO_LIBRARY,
        /** No slot has a token of this label. */
        NO_TOKEN,
        WRONG_PIN,
        PIN_LOCKED,
        /** The token has no user PIN yet. */
        NO_USER,
        /** The key is not in the token. */
        NO_KEY,
        /** Too many wait already. */
        BUSY,
        TIMED_OUT,
        /** Anything else, by its return value. */
        BROKEN
    }

    public Cause why() {
        return cause;
    }
}
