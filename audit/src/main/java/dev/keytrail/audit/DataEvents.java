package dev.keytrail.audit;

import dev.keytrail.call.Call;
import dev.keytrail.call.Service;
import java.util.Set;

/** Which calls are data events: those that touch objects, publishing, and PutAuditEvents. They are in no event history (cloudtrail.md G). */
final class DataEvents {
    /** S3's object-level operations; listing and probing a bucket count as such. */
    private static final Set<String> S3_OBJECT_LEVEL = Set.of(
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CopyObject",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjectTagging",
            "DeleteObjects",
            "GetObject",
            "GetObjectAcl",
            "GetObjectAttributes",
            "GetObjectLegalHold",
            "GetObjectRetention",
            "GetObjectTagging",
            "HeadBucket",
            "HeadObject",
            "ListMultipartUploads",
            "ListObjectVersions",
            "ListObjects",
            "ListObjectsV2",
            "ListParts",
            "PutObject",
            "PutObjectAcl",
            "PutObjectLegalHold",
            "PutObjectRetention",
            "PutObjectTagging",
            "RestoreObject",
            "SelectObjectContent",
            "UploadPart",
            "UploadPartCopy");

    private DataEvents() {}

    static boolean covers(Call call) {
        if (call.service() == Service.SNS) {
            return call.operation().equals("Publish");
        }
        if (call.service() == Service.CLOUDTRAIL_DATA) {
            return true;
        }
        return call.service() == Service.S3 && S3_OBJECT_LEVEL.contains(call.operation());
    }
}
