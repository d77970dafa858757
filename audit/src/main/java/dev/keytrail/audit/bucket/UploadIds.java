package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.UploadRow;
import dev.keytrail.call.Attempt;

/** Names of multipart uploads and of their parts. */
final class UploadIds {
    /** S3's bound. */
    static final int PARTS_MAX = 10_000;

    private UploadIds() {}

    /** The upload that a request names. The read counts for the commit. @throws dev.keytrail.call.Refused NoSuchUpload */
    static UploadRow find(Attempt attempt, S3Request request, BucketRow bucket) {
        String id = request.query().get("uploadId").orElse("");
        return attempt.state()
                .get(BucketTables.UPLOADS, ObjectKeys.upload(bucket.name(), request.keyName(), id))
                .orElseThrow(S3Error.NO_SUCH_UPLOAD::refused);
    }

    /** @throws dev.keytrail.call.Refused InvalidArgument */
    static int partNumber(String text) {
        if (text.matches("[0-9]{1,5}")) {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= PARTS_MAX) {
                return number;
            }
        }
        throw S3Error.INVALID_ARGUMENT.refused("Part number must be an integer between 1 and 10000, inclusive");
    }

    /** Row key of a part. */
    static String part(String uploadId, int number) {
        return parts(uploadId) + "%05d".formatted(number);
    }

    /** What the row keys of all parts of an upload start with. */
    static String parts(String uploadId) {
        return uploadId + "/";
    }
}
