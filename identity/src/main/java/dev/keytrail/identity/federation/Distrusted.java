package dev.keytrail.identity.federation;

/** A token or assertion that proves nothing, or nothing any more. The message says why, in words fit for the caller. */
public final class Distrusted extends Exception {
    private static final long serialVersionUID = 1L;

    /** What kind of answer it calls for. */
    public enum Kind {
        /** Not well-formed, not signed by the provider, not for us. */
        INVALID,
        /** Was good once. */
        EXPIRED,
        /** Well-proven, but it does not say what it must. */
        CLAIM,
        /** The provider's keys cannot be had. */
        UNREACHABLE
    }

    private final Kind kind;

    Distrusted(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    static Distrusted invalid(String message) {
        return new Distrusted(Kind.INVALID, message);
    }

    static Distrusted claim(String message) {
        return new Distrusted(Kind.CLAIM, message);
    }

    /** For {@link KeySource}s. */
    public static Distrusted unreachable(String message) {
        return new Distrusted(Kind.UNREACHABLE, message);
    }

    public Kind kind() {
        return kind;
    }

    /** Never empty. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
