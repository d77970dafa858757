package dev.keytrail.call;

/** A call that is answered with an expected error. Wire and event take the same {@link ApiError}. No stack trace. */
public final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient ApiError error;

    public Refused(ApiError error) {
        super(error.code() + error.message().map(m -> ": " + m).orElse(""), null, false, false);
        this.error = error;
    }

    public ApiError error() {
        return error;
    }
}
