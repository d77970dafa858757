package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Resource;
import java.util.List;
import java.util.Optional;

/** The object that {@code x-amz-copy-source} names, for CopyObject and UploadPartCopy. Thread-safe. */
final class CopySource {
    static final String HEADER = "x-amz-copy-source";
    static final String RANGE_HEADER = "x-amz-copy-source-range";
    static final List<String> HEADERS = List.of(
            HEADER,
            RANGE_HEADER,
            HEADER + "-if-match",
            HEADER + "-if-none-match",
            HEADER + "-if-modified-since",
            HEADER + "-if-unmodified-since",
            "x-amz-source-expected-bucket-owner");

    private final BucketAccess access;
    private final KeyRing keys;
    private final ContentStore contents;

    CopySource(BucketAccess access, KeyRing keys, ContentStore contents) {
        this.access = access;
        this.keys = keys;
        this.contents = contents;
    }

    /** @param version that was asked for by its id */
    record Found(BucketRow bucket, String key, ObjectRow object, Optional<String> version) {
        S3Reply told(S3Reply reply) {
            return object.version().equals(Versions.NULL)
                    ? reply
                    : reply.with("x-amz-copy-source-version-id", object.version());
        }
    }

    /** @throws dev.keytrail.call.Refused what a GetObject of the source would be refused with; PreconditionFailed */
    Found find(Attempt attempt, S3Request request) {
        String header = request.headers().get(HEADER).orElseThrow();
        int question = header.indexOf("?versionId=");
        Optional<String> version =
                question < 0 ? Optional.empty() : Optional.of(header.substring(question + "?versionId=".length()));
        String path = PercentCode.decode(question < 0 ? header : header.substring(0, question), false)
                .orElseThrow(CopySource::malformed);
        String bare = path.startsWith("/") ? path.substring(1) : path;
        int slash = bare.indexOf('/');
        if (slash < 1 || slash == bare.length() - 1) {
            throw malformed();
        }
        String key = bare.substring(slash + 1);
        BucketRow bucket = attempt.state()
                .get(BucketTables.BUCKETS, bare.substring(0, slash))
                .orElseThrow(S3Error.NO_SUCH_BUCKET::refused);
        String arn = BucketAccess.objectArn(bucket, key);
        attempt.notes().resource(new Resource(bucket.account(), BucketAccess.OBJECT_TYPE, arn));
        Optional<String> owner = request.headers().get("x-amz-source-expected-bucket-owner");
        String action = version.isPresent() ? "s3:GetObjectVersion" : "s3:GetObject";
        if ((owner.isPresent() && !owner.get().equals(bucket.account()))
                || !access.allows(attempt, request, bucket, action, arn)) {
            throw S3Error.ACCESS_DENIED.refused();
        }
        ObjectRow object = version.map(id -> Versions.find(attempt.state(), bucket, key, id))
                .orElseGet(() -> attempt.state().get(BucketTables.OBJECTS, ObjectKeys.row(bucket.name(), key)))
                .orElseThrow(version.isPresent() ? S3Error.NO_SUCH_VERSION::refused : S3Error.NO_SUCH_KEY::refused);
        if (object.marker()) {
            throw S3Error.INVALID_REQUEST.refused(
                    "The source of a copy request may not specifically refer to a delete" + " marker by version id.");
        }
        requireConditions(request.headers(), object);
        return new Found(bucket, key, object, version);
    }

    private static void requireConditions(S3Headers headers, ObjectRow object) {
        if (Conditions.notModified(headers, object, HEADER + "-")) {
            throw S3Error.PRECONDITION_FAILED.refused();
        }
    }

    /** Those bytes of a source; the caller must be let decrypt them. */
    S3Reply.Source bytes(Attempt attempt, Found found, long offset, long bytes) {
        ObjectRow object = found.object();
        Optional<ContentKey> key =
                object.sealing().map(sealing -> keys.open(attempt.call().caller(), sealing));
        return new ObjectSource(
                contents, object.pieces(), key, BucketAccess.objectArn(found.bucket(), found.key()), offset, bytes);
    }

    private static RuntimeException malformed() {
        return S3Error.INVALID_ARGUMENT.refused("Invalid copy source object key");
    }
}
