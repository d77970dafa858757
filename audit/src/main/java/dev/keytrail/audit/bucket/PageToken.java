package dev.keytrail.audit.bucket;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Continuation tokens: a place in a listing, opaque to clients. They grant nothing, so they are not sealed. */
final class PageToken {
    private PageToken() {}

    static String of(String place) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(place.getBytes(StandardCharsets.UTF_8));
    }

    /** @throws dev.keytrail.call.Refused InvalidArgument */
    static String open(String token) {
        try {
            return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw S3Error.INVALID_ARGUMENT.refused("The continuation token provided is incorrect");
        }
    }
}
