package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import java.time.Instant;
import java.util.Optional;

/** The conditions of a read, in the order of RFC 9110 section 13.2.2. */
final class Conditions {
    private Conditions() {}

    /**
     * Whether the answer is 304 Not Modified.
     *
     * @throws dev.keytrail.call.Refused PreconditionFailed
     */
    static boolean notModified(S3Headers headers, ObjectRow object) {
        return notModified(headers, object, "");
    }

    /** Likewise for headers whose names begin with that. */
    static boolean notModified(S3Headers headers, ObjectRow object, String prefix) {
        Optional<String> match = headers.get(prefix + "if-match");
        if (match.isPresent()) {
            if (!matches(match.get(), object.etag())) {
                throw S3Error.PRECONDITION_FAILED.refused();
            }
        } else if (date(headers, prefix + "if-unmodified-since")
                .filter(object.modifiedAt()::isAfter)
                .isPresent()) {
            throw S3Error.PRECONDITION_FAILED.refused();
        }
        Optional<String> noneMatch = headers.get(prefix + "if-none-match");
        if (noneMatch.isPresent()) {
            return matches(noneMatch.get(), object.etag());
        }
        return date(headers, prefix + "if-modified-since")
                .filter(since -> !object.modifiedAt().isAfter(since))
                .isPresent();
    }

    /** Whether a Range header counts: not when If-Range names another version. */
    static boolean rangeCounts(S3Headers headers, ObjectRow object) {
        Optional<String> ifRange = headers.get("if-range");
        return ifRange.isEmpty()
                || ifRange.get().equals(object.etag())
                || date(headers, "if-range").equals(Optional.of(object.modifiedAt()));
    }

    /** {@code list}: {@code *} or entity tags, with their quotes or without as some clients send them. */
    static boolean matches(String list, String etag) {
        String wanted = etag.replace("\"", "");
        for (String tag : list.split(",", -1)) {
            String stripped = tag.strip();
            String bare = (stripped.startsWith("W/") ? stripped.substring(2) : stripped).replace("\"", "");
            if (bare.equals("*") || bare.equals(wanted)) {
                return true;
            }
        }
        return false;
    }

    private static Optional<Instant> date(S3Headers headers, String name) {
        return headers.get(name).flatMap(S3Dates::parseHttp);
    }
}
