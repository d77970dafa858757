package dev.keytrail.identity.sigv4;

import dev.keytrail.call.ApiError;
import java.util.Optional;

/**
 * A request whose caller could not be established. It belongs to no account: its record goes to the operator's ledger
 * account. No stack trace; the message holds nothing secret.
 */
public final class AuthenticationFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What failed; how it is called depends on the {@link Dialect}. */
    public enum Reason {
        /** Neither an Authorization header nor a signature in the query. */
        MISSING,
        /** The Authorization header cannot be read, or parts of it are missing. */
        INCOMPLETE_HEADER,
        /** The same of the query form. */
        INCOMPLETE_QUERY,
        /** Unknown or inactive access key id. */
        UNKNOWN_KEY,
        /** A session token that is absent, superfluous or not one of ours. */
        BAD_TOKEN,
        /** Temporary credentials that are over. */
        TOKEN_EXPIRED,
        /** Too old or not yet current. */
        CLOCK,
        /** A presigned URL that is over. */
        URL_EXPIRED,
        /** Headers that must be signed are not. */
        UNSIGNED_HEADERS,
        /** The signature is not the one the key gives. */
        MISMATCH,
        /** The body is not the one that {@code x-amz-content-sha256} announced. */
        BODY_MISMATCH,
        /** A payload form that this service does not take. */
        PAYLOAD_FORM,
        /** Region or service of the scope are not this endpoint's. */
        SCOPE
    }

    private final Reason reason;
    private final transient Optional<String> accessKeyId;

    AuthenticationFailure(Reason reason, String message) {
        this(reason, message, Optional.empty());
    }

    private AuthenticationFailure(Reason reason, String message, Optional<String> accessKeyId) {
        super(message, null, false, false);
        this.reason = reason;
        this.accessKeyId = accessKeyId;
    }

    /** For credentials that the look-up refuses: {@code UNKNOWN_KEY}, {@code BAD_TOKEN}, {@code TOKEN_EXPIRED}. */
    public static AuthenticationFailure ofCredentials(Reason reason) {
        return new AuthenticationFailure(
                reason,
                reason == Reason.TOKEN_EXPIRED
                        ? "The security token included in the request is expired"
                        : "The security token included in the request is invalid.");
    }

    /** A scope that names another service or no Region of ours. */
    public static AuthenticationFailure ofScope(String message) {
        return new AuthenticationFailure(Reason.SCOPE, message);
    }

    /** The same, saying which key was claimed, for the operator's record. */
    public AuthenticationFailure claiming(String accessKeyId) {
        return new AuthenticationFailure(reason, text(), Optional.of(accessKeyId));
    }

    public Reason reason() {
        return reason;
    }

    /** The key id that the request named; nothing about it is proven. */
    public Optional<String> claimedAccessKeyId() {
        return accessKeyId;
    }

    /** The error as the service's clients know it (identity.md 1.5). */
    public ApiError error(Dialect dialect) {
        return switch (dialect) {
            case JSON ->
                ApiError.of(jsonCode(), 400, reason == Reason.MISSING ? "Missing Authentication Token" : text());
            case QUERY -> ApiError.of(queryCode(), queryStatus(), text());
            case S3 -> s3();
        };
    }

    private String text() {
        return getMessage() == null ? "" : getMessage();
    }

    private String jsonCode() {
        return switch (reason) {
            case MISSING -> "MissingAuthenticationTokenException";
            case INCOMPLETE_HEADER, INCOMPLETE_QUERY -> "IncompleteSignatureException";
            case UNKNOWN_KEY, BAD_TOKEN -> "UnrecognizedClientException";
            case TOKEN_EXPIRED -> "ExpiredTokenException";
            case URL_EXPIRED -> "RequestExpired";
            case CLOCK, UNSIGNED_HEADERS, MISMATCH, BODY_MISMATCH, PAYLOAD_FORM, SCOPE -> "InvalidSignatureException";
        };
    }

    private String queryCode() {
        return switch (reason) {
            case MISSING -> "MissingAuthenticationToken";
            case INCOMPLETE_HEADER, INCOMPLETE_QUERY -> "IncompleteSignature";
            case UNKNOWN_KEY, BAD_TOKEN -> "InvalidClientTokenId";
            case TOKEN_EXPIRED -> "ExpiredToken";
            case URL_EXPIRED -> "RequestExpired";
            case CLOCK, UNSIGNED_HEADERS, MISMATCH, BODY_MISMATCH, PAYLOAD_FORM, SCOPE -> "SignatureDoesNotMatch";
        };
    }

    private int queryStatus() {
        return switch (reason) {
            case INCOMPLETE_HEADER, INCOMPLETE_QUERY, URL_EXPIRED -> 400;
            case MISSING,
                    UNKNOWN_KEY,
                    BAD_TOKEN,
                    TOKEN_EXPIRED,
                    CLOCK,
                    UNSIGNED_HEADERS,
                    MISMATCH,
                    BODY_MISMATCH,
                    PAYLOAD_FORM,
                    SCOPE -> 403;
        };
    }

    private ApiError s3() {
        return switch (reason) {
            case MISSING -> ApiError.of("AccessDenied", 403, "Access Denied");
            case INCOMPLETE_HEADER -> ApiError.of("AuthorizationHeaderMalformed", 400, text());
            case INCOMPLETE_QUERY -> ApiError.of("AuthorizationQueryParametersError", 400, text());
            case UNKNOWN_KEY ->
                ApiError.of(
                        "InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.");
            case BAD_TOKEN -> ApiError.of("InvalidToken", 400, "The provided token is malformed or otherwise invalid.");
            case TOKEN_EXPIRED -> ApiError.of("ExpiredToken", 400, "The provided token has expired.");
            case CLOCK ->
                ApiError.of(
                        "RequestTimeTooSkewed",
                        403,
                        "The difference between the request time and the current time is too large.");
            case URL_EXPIRED -> ApiError.of("AccessDenied", 403, "Request has expired");
            case UNSIGNED_HEADERS ->
                ApiError.of("AccessDenied", 403, "There were headers present in the request which were not signed");
            case MISMATCH ->
                ApiError.of(
                        "SignatureDoesNotMatch",
                        403,
                        "The request signature we calculated does not match the signature you provided. Check your key"
                                + " and signing method.");
            case BODY_MISMATCH ->
                ApiError.of(
                        "XAmzContentSHA256Mismatch",
                        400,
                        "The provided 'x-amz-content-sha256' header does not match what was computed.");
            case PAYLOAD_FORM -> ApiError.of("InvalidRequest", 400, text());
            case SCOPE -> ApiError.of("AuthorizationHeaderMalformed", 400, text());
        };
    }
}
