package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Table;

/** DeleteBucket: only an empty one goes, also while others put objects into it. */
final class DeleteBucket implements S3Operation.Behaviour {
    private final BucketAccess access;

    DeleteBucket(BucketAccess access) {
        this.access = access;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request);
        access.requireOnBucket(attempt, request, bucket, "s3:DeleteBucket");
        String name = bucket.name();
        // Read for the commit's sake: a put after the scan below changes this row and makes us decide again.
        boolean everPut = attempt.state().get(BucketTables.LAST_PUT, name).isPresent();
        if (everPut
                && (any(attempt, BucketTables.OBJECTS, name)
                        || any(attempt, BucketTables.VERSIONS, name)
                        || any(attempt, BucketTables.UPLOADS, name))) {
            throw S3Error.BUCKET_NOT_EMPTY.refused();
        }
        return Effect.of(
                S3Reply.empty(204),
                Change.delete(BucketTables.BUCKETS, name),
                Change.delete(BucketTables.OWNED, bucket.account() + "/" + name),
                Change.delete(BucketTables.LAST_PUT, name));
    }

    private static boolean any(Attempt attempt, Table<?> table, String bucket) {
        return attempt.state()
                .scan(table, ObjectKeys.base(bucket), "")
                .iterator()
                .hasNext();
    }
}
