package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;

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
                && attempt.state()
                        .scan(BucketTables.OBJECTS, ObjectKeys.base(name), "")
                        .iterator()
                        .hasNext()) {
            throw S3Error.BUCKET_NOT_EMPTY.refused();
        }
        return Effect.of(
                S3Reply.empty(204),
                Change.delete(BucketTables.BUCKETS, name),
                Change.delete(BucketTables.OWNED, bucket.account() + "/" + name),
                Change.delete(BucketTables.LAST_PUT, name));
    }
}
