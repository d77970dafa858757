package dev.keytrail.audit.bucket;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;

/** S3's two ways of writing a time. */
final class S3Dates {
    private static final DateTimeFormatter HTTP = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter LISTED = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private S3Dates() {}

    /** E.g. {@code Tue, 03 Jun 2025 10:20:30 GMT} (RFC 9110 section 5.6.7). */
    static String http(Instant time) {
        return HTTP.format(time);
    }

    /** E.g. {@code 2025-06-03T10:20:30.000Z}. */
    static String listed(Instant time) {
        return LISTED.format(time);
    }

    /** Empty for what is no HTTP date: such a condition counts as absent. */
    static Optional<Instant> parseHttp(String text) {
        try {
            return Optional.of(Instant.from(HTTP.parse(text)));
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
