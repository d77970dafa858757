package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.function.Function;

/**
 * The operations that tell one thing of a bucket: HeadBucket, GetBucketLocation, GetBucketAcl, GetBucketPolicy.
 *
 * @param action the IAM action that allows it
 */
record BucketReads(BucketAccess access, String action, Function<BucketRow, S3Reply> answer)
        implements S3Operation.Behaviour {
    static BucketReads head(BucketAccess access) {
        return new BucketReads(
                access,
                "s3:ListBucket",
                bucket -> S3Reply.empty(200)
                        .with("content-type", "application/xml")
                        .with("x-amz-bucket-region", bucket.region())
                        .with("x-amz-access-point-alias", "false"));
    }

    /** The location of a bucket in us-east-1 is the empty text. */
    static BucketReads location(BucketAccess access) {
        return new BucketReads(access, "s3:GetBucketLocation", bucket -> {
            Xml xml = Xml.document("LocationConstraint");
            if (!bucket.region().equals("us-east-1")) {
                xml.content(bucket.region());
            }
            return S3Reply.xml(200, xml);
        });
    }

    static BucketReads policy(BucketAccess access) {
        return new BucketReads(
                access,
                "s3:GetBucketPolicy",
                bucket -> new S3Reply(
                        200,
                        java.util.Map.of("content-type", "application/json"),
                        new S3Reply.Inline(dev.keytrail.call.Bytes.utf8(
                                bucket.policy().orElseThrow(S3Error.NO_SUCH_BUCKET_POLICY::refused)))));
    }

    static BucketReads versioning(BucketAccess access) {
        return new BucketReads(access, "s3:GetBucketVersioning", bucket -> {
            Xml xml = Xml.document("VersioningConfiguration");
            switch (bucket.versioning()) {
                case ENABLED -> xml.text("Status", "Enabled");
                case SUSPENDED -> xml.text("Status", "Suspended");
                case OFF -> {}
            }
            return S3Reply.xml(200, xml);
        });
    }

    static BucketReads objectLock(BucketAccess access) {
        return new BucketReads(access, "s3:GetBucketObjectLockConfiguration", bucket -> {
            if (!bucket.locking()) {
                throw S3Error.OBJECT_LOCK_NOT_FOUND.refused();
            }
            Xml xml = Xml.document("ObjectLockConfiguration").text("ObjectLockEnabled", "Enabled");
            bucket.lockDefault()
                    .ifPresent(rule -> xml.open("Rule")
                            .open("DefaultRetention")
                            .text("Mode", rule.mode().name())
                            .text(rule.inYears() ? "Years" : "Days", rule.inYears() ? rule.years() : rule.days())
                            .close()
                            .close());
            return S3Reply.xml(200, xml);
        });
    }

    static BucketReads tagging(BucketAccess access) {
        return new BucketReads(access, "s3:GetBucketTagging", bucket -> {
            if (bucket.tags().isEmpty()) {
                throw S3Error.NO_SUCH_TAG_SET.refused();
            }
            return S3Reply.xml(200, TagSet.document(bucket.tags()));
        });
    }

    static BucketReads encryption(BucketAccess access) {
        return new BucketReads(
                access,
                "s3:GetEncryptionConfiguration",
                bucket -> S3Reply.xml(
                        200,
                        bucket.encryption()
                                .orElseThrow(S3Error.NO_ENCRYPTION::refused)
                                .document()));
    }

    /** The one ACL that BucketOwnerEnforced leaves: full control for the owner. */
    static BucketReads acl(BucketAccess access) {
        return new BucketReads(access, "s3:GetBucketAcl", bucket -> {
            String owner = CanonicalId.of(bucket.account());
            Xml xml = Xml.document("AccessControlPolicy");
            xml.open("Owner").text("ID", owner).close();
            xml.open("AccessControlList").open("Grant");
            xml.raw("<Grantee xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"CanonicalUser\">");
            xml.text("ID", owner).raw("</Grantee>");
            xml.text("Permission", "FULL_CONTROL");
            return S3Reply.xml(200, xml);
        });
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request);
        if (!(action.equals("s3:GetBucketPolicy") && BucketAccess.isOwnersRoot(attempt, bucket))) {
            access.requireOnBucket(attempt, request, bucket, action);
        }
        return Effect.of(answer.apply(bucket));
    }
}
