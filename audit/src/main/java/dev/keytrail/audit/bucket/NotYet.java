package dev.keytrail.audit.bucket;

import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;

/** An operation of S3's API that is not done here: refused clearly, and recorded under its own name. */
record NotYet(String apiName) implements S3Operation.Behaviour {
    @Override
    public void admit(Attempt attempt, S3Request request) {
        request.bucket().ifPresent(name -> {
            attempt.notes().named(BucketAccess.BUCKET_TYPE, name);
            attempt.state()
                    .get(BucketTables.BUCKETS, name)
                    .ifPresent(bucket -> attempt.notes()
                            .resource(new Resource(bucket.account(), BucketAccess.BUCKET_TYPE, bucket.arn())));
        });
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        admit(attempt, request);
        throw refusal();
    }

    private Refused refusal() {
        return S3Error.NOT_IMPLEMENTED.refused(apiName + " is not implemented.");
    }
}
