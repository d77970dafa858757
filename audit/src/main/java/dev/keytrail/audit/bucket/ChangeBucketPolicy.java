package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.policy.MalformedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import java.util.Optional;

/** PutBucketPolicy and DeleteBucketPolicy. What they set binds every request that starts after their answer. */
final class ChangeBucketPolicy implements S3Operation.Behaviour {
    /** AWS's bound on a bucket policy's text. */
    static final int POLICY_BYTES_MAX = 20 * 1024;

    private final BucketAccess access;
    private final PolicyCache policies;
    private final boolean put;

    private ChangeBucketPolicy(BucketAccess access, PolicyCache policies, boolean put) {
        this.access = access;
        this.policies = policies;
        this.put = put;
    }

    static ChangeBucketPolicy put(BucketAccess access, PolicyCache policies) {
        return new ChangeBucketPolicy(access, policies, true);
    }

    static ChangeBucketPolicy delete(BucketAccess access, PolicyCache policies) {
        return new ChangeBucketPolicy(access, policies, false);
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        Optional<String> policy = Optional.empty();
        if (put) {
            policy = Optional.of(checked(bucket, request.body().utf8()));
        }
        BucketRow changed = bucket.withPolicy(policy);
        return Effect.of(S3Reply.empty(204), Change.put(BucketTables.BUCKETS, bucket.name(), changed));
    }

    @Override
    public Facts facts(S3Request request) {
        Facts facts = RequestFacts.of(request);
        if (put) {
            PolicyFacts.of(request.body().utf8()).ifPresent(policy -> facts.put("bucketPolicy", policy));
        }
        return facts;
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, "x-amz-confirm-remove-self-bucket-access");
        if (!BucketAccess.isOwnersRoot(attempt, bucket)) {
            access.requireOnBucket(attempt, request, bucket, put ? "s3:PutBucketPolicy" : "s3:DeleteBucketPolicy");
        }
        return bucket;
    }

    private String checked(BucketRow bucket, String text) {
        try {
            Policy policy = policies.get(text, Policy.Kind.RESOURCE);
            if (!PolicyFacts.resources(text).stream().allMatch(resource -> concerns(bucket, resource))) {
                throw S3Error.MALFORMED_POLICY.refused("Policy has invalid resource");
            }
            return policy.text();
        } catch (MalformedPolicy e) {
            throw S3Error.MALFORMED_POLICY.refused(
                    Optional.ofNullable(e.getMessage()).orElse("This policy contains invalid Json"));
        }
    }

    private static boolean concerns(BucketRow bucket, String resource) {
        return resource.equals(bucket.arn()) || resource.startsWith(bucket.arn() + "/");
    }
}
