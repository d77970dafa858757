package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Resource;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** CreateBucket: names are one space for all accounts; the location is the Region asked for. */
final class CreateBucket implements S3Operation.Behaviour {
    /** AWS's default quota. */
    static final int BUCKETS_PER_ACCOUNT_MAX = 10_000;

    private static final String CLASSIC_REGION = "us-east-1";
    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");
    private static final Pattern LIKE_AN_ADDRESS = Pattern.compile("[0-9]+\\.[0-9]+\\.[0-9]+\\.[0-9]+");
    private static final Pattern REGION = Pattern.compile("[a-z]{2}(-[a-z]+)+-[0-9]{1,2}");
    private static final List<String> RESERVED_STARTS = List.of("xn--", "sthree-", "amzn-s3-demo-");
    private static final List<String> RESERVED_ENDS = List.of("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3");

    private final BucketAccess access;

    CreateBucket(BucketAccess access) {
        this.access = access;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        String name = request.bucketName();
        attempt.notes().named(BucketAccess.BUCKET_TYPE, name);
        requireSupportedHeaders(request);
        String region = region(attempt.call().region(), location(request.body()));
        String arn = "arn:aws:s3:::" + name;
        access.requireOnAccount(
                attempt,
                request,
                "s3:CreateBucket",
                arn,
                access.context(attempt, request)
                        .put("s3:LocationConstraint", region)
                        .build());
        if (!isName(name)) {
            throw S3Error.INVALID_BUCKET_NAME.refused();
        }
        String account = attempt.call().account();
        attempt.notes().resource(new Resource(account, BucketAccess.BUCKET_TYPE, arn));
        S3Reply created = S3Reply.empty(200).with("location", "/" + name);
        Optional<BucketRow> present = attempt.state().get(BucketTables.BUCKETS, name);
        if (present.isPresent()) {
            if (!present.get().account().equals(account)) {
                throw S3Error.BUCKET_ALREADY_EXISTS.refused();
            }
            // Only in the oldest Region is creating one's own bucket again no error.
            if (!region.equals(CLASSIC_REGION) || !present.get().region().equals(region)) {
                throw S3Error.BUCKET_ALREADY_OWNED_BY_YOU.refused();
            }
            return Effect.of(created);
        }
        requireRoom(attempt, account);
        BucketRow bucket =
                BucketRow.created(name, account, region, attempt.call().receivedAt(), wantsLocking(request));
        return Effect.of(
                created,
                Change.put(BucketTables.BUCKETS, name, bucket),
                Change.put(BucketTables.OWNED, account + "/" + name, name));
    }

    @Override
    public Facts facts(S3Request request) {
        Facts facts = RequestFacts.of(request);
        try {
            location(request.body())
                    .ifPresent(region ->
                            facts.put("CreateBucketConfiguration", Facts.facts().put("LocationConstraint", region)));
        } catch (Refused e) {
            // A body that cannot be read shows nothing; the event's error says why.
        }
        return facts;
    }

    static boolean isName(String name) {
        return NAME.matcher(name).matches()
                && !name.contains("..")
                && !LIKE_AN_ADDRESS.matcher(name).matches()
                && RESERVED_STARTS.stream().noneMatch(name::startsWith)
                && RESERVED_ENDS.stream().noneMatch(name::endsWith);
    }

    private static void requireSupportedHeaders(S3Request request) {
        HeaderRules.require(request, "x-amz-acl", "x-amz-object-ownership", "x-amz-bucket-object-lock-enabled");
        HeaderRules.requireHarmlessAcl(request);
        S3Headers headers = request.headers();
        if (!headers.get("x-amz-object-ownership").orElse("BucketOwnerEnforced").equals("BucketOwnerEnforced")) {
            throw S3Error.NOT_IMPLEMENTED.refused("Only the object ownership BucketOwnerEnforced is implemented.");
        }
    }

    private static boolean wantsLocking(S3Request request) {
        return request.headers()
                .get("x-amz-bucket-object-lock-enabled")
                .filter("true"::equalsIgnoreCase)
                .isPresent();
    }

    private static Optional<String> location(Bytes body) {
        if (body.isEmpty()) {
            return Optional.empty();
        }
        XmlElement root = XmlElement.parse(body);
        if (!root.name().equals("CreateBucketConfiguration")) {
            throw S3Error.MALFORMED_XML.refused();
        }
        for (XmlElement child : root.children()) {
            if (!child.name().equals("LocationConstraint")) {
                throw S3Error.NOT_IMPLEMENTED.refused(
                        "CreateBucketConfiguration is implemented with LocationConstraint only.");
            }
        }
        return root.value("LocationConstraint").filter(text -> !text.isEmpty());
    }

    private static String region(String endpointRegion, Optional<String> asked) {
        String region =
                asked.map(text -> text.equals("EU") ? "eu-west-1" : text).orElse(CLASSIC_REGION);
        if (asked.isPresent()
                && (region.equals(CLASSIC_REGION) || !REGION.matcher(region).matches())) {
            throw S3Error.INVALID_LOCATION_CONSTRAINT.refused();
        }
        if (!endpointRegion.equals(CLASSIC_REGION) && !endpointRegion.equals(region)) {
            throw asked.isEmpty()
                    ? S3Error.ILLEGAL_LOCATION_CONSTRAINT.refused()
                    : S3Error.ILLEGAL_LOCATION_CONSTRAINT.refused("The " + region
                            + " location constraint is incompatible for the region specific endpoint this request was"
                            + " sent to.");
        }
        return region;
    }

    private static void requireRoom(Attempt attempt, String account) {
        int count = 0;
        for (var _ : attempt.state().scan(BucketTables.OWNED, account + "/", "")) {
            if (++count >= BUCKETS_PER_ACCOUNT_MAX) {
                throw S3Error.TOO_MANY_BUCKETS.refused();
            }
        }
    }
}
