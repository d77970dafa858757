package dev.keytrail.server;

/** Something the operator can mend; the message says what and how. No stack trace. */
final class OperatorError extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OperatorError(String message) {
        super(message, null, false, false);
    }
}
