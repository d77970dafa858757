package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** ListBuckets: the buckets of the caller's account, in the order of their names. */
final class ListBuckets implements S3Operation.Behaviour {
    private final BucketAccess access;

    ListBuckets(BucketAccess access) {
        this.access = access;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        HeaderRules.require(request);
        access.requireOnAccount(
                attempt,
                request,
                "s3:ListAllMyBuckets",
                "*",
                access.context(attempt, request).build());
        String account = attempt.call().account();
        S3Query query = request.query();
        int max = PageSize.of(query, "max-buckets", CreateBucket.BUCKETS_PER_ACCOUNT_MAX);
        if (max == 0) {
            throw S3Error.INVALID_ARGUMENT.refused("Argument max-buckets must be an integer between 1 and 10000");
        }
        String base = account + "/";
        String after = query.nonEmpty("continuation-token")
                .map(token -> base + PageToken.open(token))
                .orElse("");
        Optional<String> region = query.nonEmpty("bucket-region");
        List<BucketRow> found = new ArrayList<>();
        for (State.Row<String> owned : attempt.state()
                .scan(BucketTables.OWNED, base + query.get("prefix").orElse(""), after)) {
            attempt.state()
                    .get(BucketTables.BUCKETS, owned.value())
                    .filter(bucket -> region.isEmpty() || region.get().equals(bucket.region()))
                    .ifPresent(found::add);
            if (found.size() > max) {
                break;
            }
        }
        return Effect.of(S3Reply.xml(200, document(account, query, found, max)));
    }

    private static Xml document(String account, S3Query query, List<BucketRow> found, int max) {
        Xml xml = Xml.document("ListAllMyBucketsResult");
        xml.open("Owner").text("ID", CanonicalId.of(account)).close();
        xml.open("Buckets");
        for (BucketRow bucket : found.subList(0, Math.min(max, found.size()))) {
            xml.open("Bucket")
                    .text("Name", bucket.name())
                    .text("CreationDate", S3Dates.listed(bucket.createdAt()))
                    .text("BucketRegion", bucket.region())
                    .close();
        }
        xml.close();
        if (found.size() > max) {
            xml.text("ContinuationToken", PageToken.of(found.get(max - 1).name()));
        }
        return xml.text("Prefix", query.get("prefix"));
    }
}
