package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Principal;
import dev.keytrail.call.Resource;
import dev.keytrail.call.State;
import dev.keytrail.policy.Access;
import dev.keytrail.policy.Authorizer;
import dev.keytrail.policy.CallerContext;
import dev.keytrail.policy.CallerPolicies;
import dev.keytrail.policy.ConditionContext;
import dev.keytrail.policy.Decision;
import dev.keytrail.policy.NamedPolicy;
import dev.keytrail.policy.Policy;
import dev.keytrail.policy.PolicyCache;
import dev.keytrail.policy.PrincipalPolicies;
import java.util.Optional;

/** Finds buckets and asks whether a caller may do something to them or to their objects. Stateless, thread-safe. */
final class BucketAccess {
    static final String BUCKET_TYPE = "AWS::S3::Bucket";
    static final String OBJECT_TYPE = "AWS::S3::Object";

    private final Authorizer authorizer;
    private final PolicyCache policies;
    private final PrincipalPolicies principals;

    BucketAccess(Authorizer authorizer, PolicyCache policies, PrincipalPolicies principals) {
        this.authorizer = authorizer;
        this.policies = policies;
        this.principals = principals;
    }

    static String objectArn(BucketRow bucket, String key) {
        return bucket.arn() + "/" + key;
    }

    /**
     * The request's bucket, noted for the event together with the object.
     *
     * @throws dev.keytrail.call.Refused NoSuchBucket; AccessDenied when it is not the expected owner's
     */
    BucketRow find(Attempt attempt, S3Request request) {
        String name = request.bucketName();
        attempt.notes().named(BUCKET_TYPE, name);
        BucketRow bucket = attempt.state().get(BucketTables.BUCKETS, name).orElseThrow(S3Error.NO_SUCH_BUCKET::refused);
        request.key().ifPresent(key -> {
            attempt.notes().named(OBJECT_TYPE, objectArn(bucket, key));
            attempt.notes().resource(new Resource(bucket.account(), OBJECT_TYPE, objectArn(bucket, key)));
        });
        attempt.notes().resource(new Resource(bucket.account(), BUCKET_TYPE, bucket.arn()));
        Optional<String> expected = request.headers().get("x-amz-expected-bucket-owner");
        if (expected.isPresent() && !expected.get().equals(bucket.account())) {
            throw S3Error.ACCESS_DENIED.refused();
        }
        return bucket;
    }

    /** @throws dev.keytrail.call.Refused AccessDenied */
    void requireOnBucket(Attempt attempt, S3Request request, BucketRow bucket, String action) {
        require(attempt, request, bucket, action, bucket.arn());
    }

    /** @throws dev.keytrail.call.Refused AccessDenied */
    void requireOnObject(Attempt attempt, S3Request request, BucketRow bucket, String action) {
        require(attempt, request, bucket, action, objectArn(bucket, request.keyName()));
    }

    /** For what no bucket is there yet: identity policies alone decide. @throws dev.keytrail.call.Refused AccessDenied */
    void requireOnAccount(
            Attempt attempt, S3Request request, String action, String resource, ConditionContext context) {
        Caller caller = attempt.call().caller();
        String account = caller.principal().account().orElseThrow(S3Error.ACCESS_DENIED::refused);
        Decision decision = authorizer.decide(new Access(
                caller,
                action,
                resource,
                account,
                context,
                policiesOf(attempt.state(), caller),
                Access.Rules.IDENTITY_ONLY,
                Optional.empty(),
                false));
        attempt.notes().because(decision);
        if (!decision.allowed()) {
            throw S3Error.ACCESS_DENIED.refused(denial(caller, action, resource, decision));
        }
    }

    boolean allows(Attempt attempt, S3Request request, BucketRow bucket, String action, String resource) {
        return decide(attempt, request, bucket, action, resource).allowed();
    }

    private void require(Attempt attempt, S3Request request, BucketRow bucket, String action, String resource) {
        Decision decision = decide(attempt, request, bucket, action, resource);
        if (!decision.allowed()) {
            Caller caller = attempt.call().caller();
            // As at AWS, a stranger to the account is not told why.
            boolean own = caller.principal().account().equals(Optional.of(bucket.account()));
            throw own
                    ? S3Error.ACCESS_DENIED.refused(denial(caller, action, resource, decision))
                    : S3Error.ACCESS_DENIED.refused();
        }
    }

    private Decision decide(Attempt attempt, S3Request request, BucketRow bucket, String action, String resource) {
        Caller caller = attempt.call().caller();
        ConditionContext context = context(attempt, request)
                .put("aws:ResourceAccount", bucket.account())
                .put("s3:ResourceAccount", bucket.account())
                .build();
        Decision decision = authorizer.decide(new Access(
                caller,
                action,
                resource,
                bucket.account(),
                context,
                policiesOf(attempt.state(), caller),
                Access.Rules.STANDARD,
                bucket.policy().map(text -> new NamedPolicy("bucket policy", policies.get(text, Policy.Kind.RESOURCE))),
                false));
        attempt.notes().because(decision);
        return decision;
    }

    private CallerPolicies policiesOf(State state, Caller caller) {
        return caller.principal().account().isPresent() ? principals.of(state, caller) : CallerPolicies.NONE;
    }

    /** The condition keys of the caller and of the request. */
    ConditionContext.Builder context(Attempt attempt, S3Request request) {
        ConditionContext.Builder context = CallerContext.of(attempt.call());
        S3Headers headers = request.headers();
        context.put("s3:x-amz-acl", headers.get("x-amz-acl"));
        context.put("s3:x-amz-content-sha256", headers.get(PayloadPlan.SHA256_HEADER));
        context.put("s3:x-amz-server-side-encryption", headers.get("x-amz-server-side-encryption"));
        context.put("s3:" + Sealing.KEY_HEADER, headers.get(Sealing.KEY_HEADER));
        context.put("s3:x-amz-storage-class", headers.get("x-amz-storage-class"));
        context.put("s3:if-match", headers.get("if-match"));
        context.put("s3:if-none-match", headers.get("if-none-match"));
        if (request.key().isEmpty()) {
            context.put("s3:prefix", request.query().get("prefix"));
            context.put("s3:delimiter", request.query().get("delimiter"));
            context.put("s3:max-keys", request.query().get("max-keys"));
        }
        if (attempt.call().caller().accessKeyId().isPresent()) {
            context.put("s3:signatureversion", "AWS4-HMAC-SHA256");
            context.put("s3:authType", request.query().presigned() ? "REST-QUERY-STRING" : "REST-HEADER");
        }
        request.source().ifPresent(source -> {
            context.put("aws:SourceArn", source.arn());
            context.put("aws:SourceAccount", source.account());
        });
        return context;
    }

    /** The owner's root user can always mend a bucket policy, even one that denies it everything. */
    static boolean isOwnersRoot(Attempt attempt, BucketRow bucket) {
        return attempt.call().caller().principal() instanceof Principal.Root root
                && root.accountId().equals(bucket.account());
    }

    private static String denial(Caller caller, String action, String resource, Decision decision) {
        return "User: " + caller.arn() + " is not authorized to perform: " + action + " on resource: \"" + resource
                + "\"" + decision.because().map(because -> " " + because).orElse("");
    }
}
