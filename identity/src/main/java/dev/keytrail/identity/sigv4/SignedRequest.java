package dev.keytrail.identity.sigv4;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/**
 * What a signature covers, as received; nothing decoded, nothing trusted.
 *
 * @param method upper-case, e.g. {@code POST}
 * @param rawPath the path as sent, percent-encoding kept, without the query; empty counts as {@code /}
 * @param rawQuery what follows the question mark as sent; empty if there is none
 * @param body the whole body; empty Optional when it is read later, which only S3 may do ({@link PayloadPromise})
 */
public record SignedRequest(String method, String rawPath, String rawQuery, HeaderList headers, Optional<Bytes> body) {

    /** The service part of the credential scope, for routing before anything is proven; empty if it cannot be told. */
    public Optional<String> claimedService() {
        try {
            return Optional.of(Claims.of(this).service());
        } catch (AuthenticationFailure e) {
            return Optional.empty();
        }
    }

    /** Method and path only: the rest may hold credentials. */
    @Override
    public String toString() {
        return "SignedRequest[" + method + " " + rawPath + "]";
    }
}
