package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** PutObject: makes the staged bytes the object of that key, whole or not at all. */
final class PutObject implements S3Operation.Behaviour {
    private final BucketAccess access;
    private final KeyRing keys;

    PutObject(BucketAccess access, KeyRing keys) {
        this.access = access;
        this.keys = keys;
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Optional<ContentKey> key(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        return keys.fresh(attempt.call().caller(), bucket, BucketAccess.objectArn(bucket, request.keyName()), request);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        Staged staged =
                request.staged().orElseThrow(() -> new IllegalStateException("PutObject without its staged body"));
        NewObject.requireConditions(attempt, request, bucket);
        ObjectTerms terms = ObjectLock.applied(attempt, request, bucket, ObjectTerms.of(request));
        Versions.Outcome outcome =
                Versions.put(attempt, bucket, request.keyName(), NewObject.of(attempt, staged, terms));
        ObjectRow object = outcome.version();
        S3Reply reply = NewObject.withChecksums(S3Reply.empty(200).with("etag", object.etag()), object);
        return NewObject.made(reply, bucket, outcome);
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        List<String> known = new ArrayList<>(ObjectTerms.UNDERSTOOD);
        known.add("x-amz-checksum-algorithm");
        access.find(attempt, request);
        HeaderRules.require(request, known);
        return NewObject.admit(access, attempt, request, ObjectTerms.of(request));
    }
}
