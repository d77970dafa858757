package dev.keytrail.audit.bucket;

/**
 * What comes before a request's body.
 *
 * @param rawPath as sent: percent-encoded, not normalised (a key may hold {@code //} and {@code ..})
 * @param rawQuery as sent, without the question mark; empty when there is none
 */
public record S3Head(String method, String rawPath, String rawQuery, S3Headers headers) {}
