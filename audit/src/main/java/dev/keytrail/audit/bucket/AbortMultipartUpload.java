package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.List;

/** AbortMultipartUpload: the upload and all its parts go. */
final class AbortMultipartUpload implements S3Operation.Behaviour {
    private final BucketAccess access;

    AbortMultipartUpload(BucketAccess access) {
        this.access = access;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request);
        access.requireOnObject(attempt, request, bucket, "s3:AbortMultipartUpload");
        return Effect.of(
                S3Reply.empty(204),
                CompleteMultipartUpload.ended(
                        attempt, request, bucket, UploadIds.find(attempt, request, bucket), List.of()));
    }
}
