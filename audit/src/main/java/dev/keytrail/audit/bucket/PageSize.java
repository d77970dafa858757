package dev.keytrail.audit.bucket;

import java.util.Optional;

/** How many things a page of a listing may hold. */
final class PageSize {
    private PageSize() {}

    /** At most {@code max}, however many are asked for. @throws dev.keytrail.call.Refused InvalidArgument */
    static int of(S3Query query, String parameter, int max) {
        Optional<String> asked = query.nonEmpty(parameter);
        if (asked.isEmpty()) {
            return max;
        }
        try {
            int size = Integer.parseInt(asked.get());
            if (size >= 0) {
                return Math.min(size, max);
            }
        } catch (NumberFormatException e) {
            // Refused below, like a negative number.
        }
        throw S3Error.INVALID_ARGUMENT.refused(
                "Argument " + parameter + " must be an integer between 0 and 2147483647");
    }
}
