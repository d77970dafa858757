package dev.keytrail.audit.bucket;

import dev.keytrail.call.LedgerRecord.Category;
import dev.keytrail.policy.PolicyCache;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the operation of a request: S3 is REST, so method, path and query decide. The sub-resources of S3's API that are
 * not done here are known too, so that {@code ?versioning} is never taken for a listing. Immutable, thread-safe.
 */
final class S3Router {
    private static final int NO_DOCUMENT = 0;
    private static final int SMALL_DOCUMENT_BYTES_MAX = 64 * 1024;

    private final List<S3Operation> done = new ArrayList<>();
    private final S3Operation listBuckets;
    private final Map<String, S3Operation> bucketPlain = new LinkedHashMap<>();
    private final Map<String, S3Operation> objectPlain = new LinkedHashMap<>();
    private final Map<String, Map<String, S3Operation>> bucketSub = new LinkedHashMap<>();
    private final Map<String, Map<String, S3Operation>> objectSub = new LinkedHashMap<>();
    private final S3Operation copy;
    private final S3Operation copyPart;

    S3Router(BucketAccess access, PolicyCache policies, KeyRing keys, ContentStore contents) {
        listBuckets = management("ListBuckets", true, new ListBuckets(access));
        bucketPlain.put(
                "PUT",
                document("CreateBucket", Category.MANAGEMENT, SMALL_DOCUMENT_BYTES_MAX, new CreateBucket(access)));
        bucketPlain.put("DELETE", management("DeleteBucket", false, new DeleteBucket(access)));
        // Concerning a bucket, yet AWS counts these two as data events.
        bucketPlain.put("HEAD", data("HeadBucket", "HeadBucket", true, BucketReads.head(access)));
        bucketPlain.put("GET", data("ListObjects", "ListObjects", true, ListObjects.first(access)));
        bucketSub("GET", "location", management("GetBucketLocation", true, BucketReads.location(access)));
        bucketSub("GET", "acl", management("GetBucketAcl", true, BucketReads.acl(access)));
        bucketSub("GET", "policy", management("GetBucketPolicy", true, BucketReads.policy(access)));
        bucketSub(
                "PUT",
                "policy",
                document(
                        "PutBucketPolicy",
                        Category.MANAGEMENT,
                        ChangeBucketPolicy.POLICY_BYTES_MAX,
                        ChangeBucketPolicy.put(access, policies)));
        bucketSub(
                "DELETE",
                "policy",
                management("DeleteBucketPolicy", false, ChangeBucketPolicy.delete(access, policies)));
        bucketSub(
                "POST",
                "delete",
                document("DeleteObjects", Category.DATA, DeleteObjects.DOCUMENT_BYTES_MAX, new DeleteObjects(access)));
        bucketSub("GET", "list-type", data("ListObjectsV2", "ListObjects", true, ListObjects.second(access)));
        bucketSub(
                "GET",
                "versions",
                data("ListObjectVersions", "ListObjectVersions", true, new ListObjectVersions(access)));
        bucketSub(
                "GET",
                "uploads",
                data("ListMultipartUploads", "ListMultipartUploads", true, new ListUploads(access, false)));
        bucketSub("GET", "versioning", management("GetBucketVersioning", true, BucketReads.versioning(access)));
        bucketSub("PUT", "versioning", setting("PutBucketVersioning", BucketConfiguration.versioning(access)));
        bucketSub(
                "GET",
                "object-lock",
                named(
                        "GetObjectLockConfiguration",
                        "GetBucketObjectLockConfiguration",
                        BucketReads.objectLock(access)));
        bucketSub(
                "PUT",
                "object-lock",
                keep(S3Operation.of(
                        "PutObjectLockConfiguration",
                        "PutBucketObjectLockConfiguration",
                        false,
                        Category.MANAGEMENT,
                        S3Operation.Body.DOCUMENT,
                        SMALL_DOCUMENT_BYTES_MAX,
                        BucketConfiguration.objectLock(access))));
        bucketSub("GET", "tagging", management("GetBucketTagging", true, BucketReads.tagging(access)));
        bucketSub("PUT", "tagging", setting("PutBucketTagging", BucketConfiguration.tagging(access)));
        bucketSub("DELETE", "tagging", management("DeleteBucketTagging", false, BucketConfiguration.untagging(access)));
        bucketSub("GET", "encryption", management("GetBucketEncryption", true, BucketReads.encryption(access)));
        bucketSub("PUT", "encryption", setting("PutBucketEncryption", BucketConfiguration.encryption(access)));
        bucketSub(
                "DELETE",
                "encryption",
                management("DeleteBucketEncryption", false, BucketConfiguration.withoutEncryption(access)));
        copy = objects(access, keys, contents);
        copyPart = uploads(access, keys, contents);
    }

    /** Gives CopyObject, which a header tells from PutObject. */
    private S3Operation objects(BucketAccess access, KeyRing keys, ContentStore contents) {
        objectPlain.put("PUT", content("PutObject", S3Operation.Body.OBJECT, new PutObject(access, keys)));
        objectPlain.put("GET", data("GetObject", "GetObject", true, GetObject.get(access, keys, contents)));
        objectPlain.put("HEAD", data("HeadObject", "HeadObject", true, GetObject.head(access, keys)));
        objectPlain.put("DELETE", data("DeleteObject", "DeleteObject", false, new DeleteObject(access)));
        S3Operation copying = content(
                "CopyObject",
                S3Operation.Body.COPY,
                new CopyObject(access, keys, new CopySource(access, keys, contents)));
        objectSub(
                "GET",
                "tagging",
                data("GetObjectTagging", "GetObjectTagging", true, ObjectConfiguration.getTagging(access)));
        objectSub("PUT", "tagging", small("PutObjectTagging", ObjectConfiguration.putTagging(access)));
        objectSub(
                "DELETE",
                "tagging",
                data("DeleteObjectTagging", "DeleteObjectTagging", false, ObjectConfiguration.deleteTagging(access)));
        objectSub(
                "GET",
                "retention",
                data("GetObjectRetention", "GetObjectRetention", true, ObjectConfiguration.getRetention(access)));
        objectSub("PUT", "retention", small("PutObjectRetention", ObjectConfiguration.putRetention(access)));
        objectSub(
                "GET",
                "legal-hold",
                data("GetObjectLegalHold", "GetObjectLegalHold", true, ObjectConfiguration.getLegalHold(access)));
        objectSub("PUT", "legal-hold", small("PutObjectLegalHold", ObjectConfiguration.putLegalHold(access)));
        return copying;
    }

    /** Gives UploadPartCopy, which a header tells from UploadPart. */
    private S3Operation uploads(BucketAccess access, KeyRing keys, ContentStore contents) {
        objectSub(
                "POST",
                "uploads",
                data("CreateMultipartUpload", "CreateMultipartUpload", false, new CreateMultipartUpload(access, keys)));
        S3Operation part = content("UploadPart", S3Operation.Body.OBJECT, UploadPart.sent(access, keys));
        objectSub("PUT", "uploadId", part);
        objectSub("PUT", "partNumber", part);
        S3Operation copying = content(
                "UploadPartCopy",
                S3Operation.Body.COPY,
                UploadPart.copied(access, keys, new CopySource(access, keys, contents)));
        objectSub(
                "POST",
                "uploadId",
                document(
                        "CompleteMultipartUpload",
                        Category.DATA,
                        CompleteMultipartUpload.DOCUMENT_BYTES_MAX,
                        new CompleteMultipartUpload(access)));
        objectSub(
                "DELETE",
                "uploadId",
                data("AbortMultipartUpload", "AbortMultipartUpload", false, new AbortMultipartUpload(access)));
        objectSub("GET", "uploadId", data("ListParts", "ListParts", true, new ListUploads(access, true)));
        return copying;
    }

    /** The operations that are done. */
    List<S3Operation> operations() {
        return List.copyOf(done);
    }

    /** Empty when S3 has no operation of that method there: 405 MethodNotAllowed. */
    Optional<S3Route> route(S3Head head) {
        S3Query query = S3Query.parse(head.rawQuery());
        String path = head.rawPath().startsWith("/") ? head.rawPath().substring(1) : head.rawPath();
        int slash = path.indexOf('/');
        Optional<String> bucket = PercentCode.decode(slash < 0 ? path : path.substring(0, slash), false);
        Optional<String> key = slash < 0 ? Optional.of("") : PercentCode.decode(path.substring(slash + 1), false);
        boolean sound = query.sound() && bucket.isPresent() && key.isPresent();
        Optional<String> namedBucket = bucket.filter(name -> !name.isEmpty());
        Optional<String> namedKey = key.filter(name -> !name.isEmpty());
        boolean onObject = slash >= 0 && slash + 1 < path.length();
        return operation(head, query, !path.isEmpty() && slash != 0, onObject)
                .map(found -> sound && (namedBucket.isPresent() || !onObject)
                        ? found
                        : found.refusing(S3Error.INVALID_URI.refused()).withoutBody())
                .map(found -> new S3Route(found, head, namedBucket, namedKey, query));
    }

    private Optional<S3Operation> operation(S3Head head, S3Query query, boolean onBucket, boolean onObject) {
        String method = head.method();
        if (onObject) {
            return objectOperation(head, query);
        }
        if (!onBucket) {
            return method.equals("GET") ? Optional.of(listBuckets) : Optional.empty();
        }
        for (String name : query.parameters().keySet()) {
            S3Operation known = bucketSub.getOrDefault(method, Map.of()).get(name);
            if (known != null
                    && (!name.equals("list-type")
                            || "2".equals(query.parameters().get(name)))) {
                return Optional.of(known);
            }
            Optional<String> other = SubResources.ofBucket(method, name);
            if (other.isPresent()) {
                return Optional.of(notYet(other.get(), Category.MANAGEMENT));
            }
        }
        if (method.equals("POST")) {
            return Optional.of(notYet("PostObject", Category.DATA));
        }
        return Optional.ofNullable(bucketPlain.get(method));
    }

    private Optional<S3Operation> objectOperation(S3Head head, S3Query query) {
        String method = head.method();
        boolean copies = method.equals("PUT") && head.headers().has(CopySource.HEADER);
        for (String name : query.parameters().keySet()) {
            Optional<S3Operation> known =
                    Optional.ofNullable(objectSub.getOrDefault(method, Map.of()).get(name));
            if (known.isPresent()) {
                return copies && known.get().apiName().equals("UploadPart") ? Optional.of(copyPart) : known;
            }
            Optional<String> other = SubResources.ofObject(method, name);
            if (other.isPresent()) {
                return Optional.of(notYet(other.get(), Category.DATA));
            }
        }
        return copies ? Optional.of(copy) : Optional.ofNullable(objectPlain.get(method));
    }

    private static S3Operation notYet(String apiName, Category category) {
        return S3Operation.of(
                apiName,
                apiName,
                SubResources.readsOnly(apiName),
                category,
                S3Operation.Body.NONE,
                NO_DOCUMENT,
                new NotYet(apiName));
    }

    private S3Operation setting(String name, S3Operation.Behaviour behaviour) {
        return document(name, Category.MANAGEMENT, SMALL_DOCUMENT_BYTES_MAX, behaviour);
    }

    private S3Operation small(String name, S3Operation.Behaviour behaviour) {
        return document(name, Category.DATA, SMALL_DOCUMENT_BYTES_MAX, behaviour);
    }

    private S3Operation content(String name, S3Operation.Body body, S3Operation.Behaviour behaviour) {
        return keep(S3Operation.of(name, name, false, Category.DATA, body, NO_DOCUMENT, behaviour));
    }

    private S3Operation named(String apiName, String eventName, S3Operation.Behaviour behaviour) {
        return keep(S3Operation.of(
                apiName, eventName, true, Category.MANAGEMENT, S3Operation.Body.NONE, NO_DOCUMENT, behaviour));
    }

    private void objectSub(String method, String name, S3Operation operation) {
        objectSub.computeIfAbsent(method, _ -> new LinkedHashMap<>()).put(name, operation);
    }

    private void bucketSub(String method, String name, S3Operation operation) {
        bucketSub.computeIfAbsent(method, _ -> new LinkedHashMap<>()).put(name, operation);
    }

    private S3Operation management(String name, boolean readOnly, S3Operation.Behaviour behaviour) {
        return keep(S3Operation.of(
                name, name, readOnly, Category.MANAGEMENT, S3Operation.Body.NONE, NO_DOCUMENT, behaviour));
    }

    private S3Operation data(String apiName, String eventName, boolean readOnly, S3Operation.Behaviour behaviour) {
        return keep(S3Operation.of(
                apiName, eventName, readOnly, Category.DATA, S3Operation.Body.NONE, NO_DOCUMENT, behaviour));
    }

    private S3Operation document(String name, Category category, int bytesMax, S3Operation.Behaviour behaviour) {
        return keep(S3Operation.of(name, name, false, category, S3Operation.Body.DOCUMENT, bytesMax, behaviour));
    }

    private S3Operation keep(S3Operation operation) {
        done.add(operation);
        return operation;
    }
}
