package dev.keytrail.audit.bucket;

import java.util.Map;
import java.util.Optional;

/** The sub-resources of S3's API that have no operation here, and the names their operations have. */
final class SubResources {
    /** Query name to the noun of GetBucket..., PutBucket..., DeleteBucket... */
    private static final Map<String, String> BUCKET_NOUNS = Map.ofEntries(
            Map.entry("abac", "BucketAbac"),
            Map.entry("accelerate", "BucketAccelerateConfiguration"),
            Map.entry("acl", "BucketAcl"),
            Map.entry("analytics", "BucketAnalyticsConfiguration"),
            Map.entry("cors", "BucketCors"),
            Map.entry("encryption", "BucketEncryption"),
            Map.entry("intelligent-tiering", "BucketIntelligentTieringConfiguration"),
            Map.entry("inventory", "BucketInventoryConfiguration"),
            Map.entry("lifecycle", "BucketLifecycleConfiguration"),
            Map.entry("logging", "BucketLogging"),
            Map.entry("metadataConfiguration", "BucketMetadataConfiguration"),
            Map.entry("metadataTable", "BucketMetadataTableConfiguration"),
            Map.entry("metrics", "BucketMetricsConfiguration"),
            Map.entry("notification", "BucketNotificationConfiguration"),
            Map.entry("object-lock", "ObjectLockConfiguration"),
            Map.entry("ownershipControls", "BucketOwnershipControls"),
            Map.entry("policyStatus", "BucketPolicyStatus"),
            Map.entry("publicAccessBlock", "PublicAccessBlock"),
            Map.entry("replication", "BucketReplication"),
            Map.entry("requestPayment", "BucketRequestPayment"),
            Map.entry("tagging", "BucketTagging"),
            Map.entry("versioning", "BucketVersioning"),
            Map.entry("website", "BucketWebsite"));

    private static final Map<String, String> OBJECT_NOUNS = Map.ofEntries(
            Map.entry("acl", "ObjectAcl"),
            Map.entry("annotation", "ObjectAnnotation"),
            Map.entry("attributes", "ObjectAttributes"),
            Map.entry("encryption", "ObjectEncryption"),
            Map.entry("legal-hold", "ObjectLegalHold"),
            Map.entry("retention", "ObjectRetention"),
            Map.entry("tagging", "ObjectTagging"),
            Map.entry("torrent", "ObjectTorrent"));

    /** {@code METHOD name} to operation, where the name does not follow from a noun. */
    private static final Map<String, String> IRREGULAR_ON_BUCKET = Map.of(
            "GET uploads", "ListMultipartUploads",
            "GET versions", "ListObjectVersions",
            "GET session", "CreateSession",
            "POST metadataConfiguration", "CreateBucketMetadataConfiguration",
            "POST metadataTable", "CreateBucketMetadataTableConfiguration");

    private static final Map<String, String> IRREGULAR_ON_OBJECT = Map.of(
            "GET uploadId", "ListParts",
            "PUT uploadId", "UploadPart",
            "PUT partNumber", "UploadPart",
            "DELETE uploadId", "AbortMultipartUpload",
            "POST uploads", "CreateMultipartUpload",
            "POST uploadId", "CompleteMultipartUpload",
            "POST select", "SelectObjectContent",
            "POST restore", "RestoreObject",
            "PUT renameObject", "RenameObject",
            "PUT append", "AppendObject");

    private static final Map<String, String> VERBS = Map.of("GET", "Get", "PUT", "Put", "DELETE", "Delete");

    private SubResources() {}

    static Optional<String> ofBucket(String method, String name) {
        return find(IRREGULAR_ON_BUCKET, BUCKET_NOUNS, method, name);
    }

    static Optional<String> ofObject(String method, String name) {
        return find(IRREGULAR_ON_OBJECT, OBJECT_NOUNS, method, name);
    }

    static boolean readsOnly(String apiName) {
        return apiName.startsWith("Get") || apiName.startsWith("List") || apiName.startsWith("Head");
    }

    private static Optional<String> find(
            Map<String, String> irregular, Map<String, String> nouns, String method, String name) {
        Optional<String> exact = Optional.ofNullable(irregular.get(method + " " + name));
        Optional<String> verb = Optional.ofNullable(VERBS.get(method));
        return exact.or(() -> Optional.ofNullable(nouns.get(name)).flatMap(noun -> verb.map(v -> v + noun)));
    }
}
