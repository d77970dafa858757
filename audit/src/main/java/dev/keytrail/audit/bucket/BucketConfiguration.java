package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.Versioning;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import dev.keytrail.call.Refused;
import java.util.Map;
import java.util.Optional;

/**
 * The operations that set one thing of a bucket: PutBucketVersioning, PutObjectLockConfiguration, PutBucketTagging,
 * DeleteBucketTagging, PutBucketEncryption, DeleteBucketEncryption. {@link BucketReads} has those that tell it.
 *
 * @param action the IAM action that allows it
 */
record BucketConfiguration(BucketAccess access, String action, int status, Setting setting)
        implements S3Operation.Behaviour {
    private static final String TOKEN_HEADER = "x-amz-bucket-object-lock-token";

    /** @throws Refused the document is not sound, or the bucket not in a state for it */
    @FunctionalInterface
    interface Setting {
        BucketRow set(BucketRow bucket, S3Request request);
    }

    static BucketConfiguration versioning(BucketAccess access) {
        return new BucketConfiguration(access, "s3:PutBucketVersioning", 200, (bucket, request) -> {
            XmlElement document = XmlElement.parse(request.body());
            if (!document.name().equals("VersioningConfiguration")) {
                throw S3Error.MALFORMED_XML.refused();
            }
            if (document.value("MfaDelete").filter("Enabled"::equals).isPresent()) {
                throw S3Error.NOT_IMPLEMENTED.refused("MFA delete is not implemented.");
            }
            Versioning wanted = switch (document.value("Status").orElse("")) {
                case "Enabled" -> Versioning.ENABLED;
                case "Suspended" -> Versioning.SUSPENDED;
                default -> throw S3Error.MALFORMED_XML.refused();
            };
            if (bucket.locking() && wanted != Versioning.ENABLED) {
                throw S3Error.INVALID_BUCKET_STATE.refused();
            }
            return bucket.withVersioning(wanted);
        });
    }

    static BucketConfiguration objectLock(BucketAccess access) {
        return new BucketConfiguration(access, "s3:PutBucketObjectLockConfiguration", 200, (bucket, request) -> {
            XmlElement document = XmlElement.parse(request.body());
            if (!document.name().equals("ObjectLockConfiguration")
                    || !document.value("ObjectLockEnabled").orElse("").equals("Enabled")) {
                throw S3Error.MALFORMED_XML.refused();
            }
            if (bucket.versioning() != Versioning.ENABLED) {
                throw S3Error.INVALID_BUCKET_STATE.refused(
                        "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
            }
            return bucket.locked(document.all("Rule").stream().findFirst().map(BucketConfiguration::lockDefault));
        });
    }

    private static ObjectLock.Default lockDefault(XmlElement rule) {
        XmlElement retention =
                rule.all("DefaultRetention").stream().findFirst().orElseThrow(S3Error.MALFORMED_XML::refused);
        ObjectLock.Mode mode =
                retention.value("Mode").map(ObjectLock.Mode::of).orElseThrow(S3Error.MALFORMED_XML::refused);
        return ObjectLock.Default.of(mode, number(retention, "Days"), number(retention, "Years"));
    }

    private static Optional<Integer> number(XmlElement element, String name) {
        return element.value(name).map(text -> {
            if (!text.matches("[0-9]{1,9}")) {
                throw S3Error.MALFORMED_XML.refused();
            }
            return Integer.parseInt(text);
        });
    }

    static BucketConfiguration tagging(BucketAccess access) {
        return new BucketConfiguration(
                access,
                "s3:PutBucketTagging",
                204,
                (bucket, request) ->
                        bucket.withTags(TagSet.ofDocument(XmlElement.parse(request.body()), TagSet.BUCKET_TAGS_MAX)));
    }

    static BucketConfiguration untagging(BucketAccess access) {
        return new BucketConfiguration(access, "s3:PutBucketTagging", 204, (bucket, _) -> bucket.withTags(Map.of()));
    }

    static BucketConfiguration encryption(BucketAccess access) {
        return new BucketConfiguration(
                access,
                "s3:PutEncryptionConfiguration",
                200,
                (bucket, request) ->
                        bucket.encrypting(Optional.of(DefaultEncryption.of(XmlElement.parse(request.body())))));
    }

    /** What is encrypted stays so. */
    static BucketConfiguration withoutEncryption(BucketAccess access) {
        return new BucketConfiguration(
                access, "s3:PutEncryptionConfiguration", 204, (bucket, _) -> bucket.encrypting(Optional.empty()));
    }

    @Override
    public void admit(Attempt attempt, S3Request request) {
        admitted(attempt, request);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = admitted(attempt, request);
        BucketRow changed = setting.set(bucket, request);
        return Effect.of(S3Reply.empty(status), Change.put(BucketTables.BUCKETS, bucket.name(), changed));
    }

    @Override
    public Facts facts(S3Request request) {
        Facts facts = RequestFacts.of(request);
        try {
            if (!request.body().isEmpty()) {
                XmlElement document = XmlElement.parse(request.body());
                facts.put(document.name(), document.facts());
            }
        } catch (Refused e) {
            // A body that cannot be read shows nothing; the event's error says why.
        }
        return facts;
    }

    private BucketRow admitted(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        if (request.headers().has(TOKEN_HEADER) || request.headers().has("x-amz-mfa")) {
            throw S3Error.NOT_IMPLEMENTED.refused("Object Lock tokens and MFA delete are not implemented.");
        }
        HeaderRules.require(request);
        access.requireOnBucket(attempt, request, bucket, action);
        return bucket;
    }
}
