package dev.keytrail.call;

import java.util.Optional;

/**
 * An error as a client sees it.
 *
 * @param code the wire code, e.g. {@code DisabledException}
 * @param status the HTTP status
 * @param message empty for the few errors that AWS sends without one
 */
public record ApiError(String code, int status, Optional<String> message) {
    public static ApiError of(String code, int status, String message) {
        return new ApiError(code, status, Optional.of(message));
    }

    /** A 400, which nearly all modelled errors are. */
    public static ApiError of(String code, String message) {
        return of(code, 400, message);
    }

    /** A server fault tells the caller nothing but that it may try again. */
    public boolean isFault() {
        return status >= 500;
    }
}
