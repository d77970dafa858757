package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Effect;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** GetObject, and HeadObject, which is the same but for the bytes. */
final class GetObject implements S3Operation.Behaviour {
    private static final String OVERRIDE = "response-";

    /** Query parameters that replace a header of the answer. */
    private static final java.util.List<String> OVERRIDABLE = java.util.List.of(
            "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires");

    private final BucketAccess access;
    private final SealedContent sealed;
    private final boolean withBytes;

    private GetObject(BucketAccess access, SealedContent sealed, boolean withBytes) {
        this.access = access;
        this.sealed = sealed;
        this.withBytes = withBytes;
    }

    static GetObject get(BucketAccess access, SealedContent sealed) {
        return new GetObject(access, sealed, true);
    }

    static GetObject head(BucketAccess access, SealedContent sealed) {
        return new GetObject(access, sealed, false);
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, "x-amz-checksum-mode");
        requireCurrentVersion(request.query());
        if (request.query().has("partNumber")) {
            throw S3Error.NOT_IMPLEMENTED.refused("Parts of objects are not implemented.");
        }
        access.requireOnObject(attempt, request, bucket, "s3:GetObject");
        ObjectRow object = attempt.state()
                .get(BucketTables.OBJECTS, ObjectKeys.row(bucket.name(), request.keyName()))
                .orElseThrow(() -> missing(attempt, request, bucket));
        if (Conditions.notModified(request.headers(), object)) {
            return Effect.of(S3Reply.empty(304)
                    .with("etag", object.etag())
                    .with("last-modified", S3Dates.http(object.modifiedAt())));
        }
        Optional<ByteRange> range = request.headers()
                .get("range")
                .filter(_ -> Conditions.rangeCounts(request.headers(), object))
                .flatMap(header -> ByteRange.of(header, object.sizeBytes()));
        Map<String, String> headers = headers(request, object, range);
        long offset = range.map(ByteRange::first).orElse(0L);
        long bytes = range.map(ByteRange::bytes).orElse(object.sizeBytes());
        int status = range.isPresent() ? 206 : 200;
        if (withBytes && object.sealing().isPresent()) {
            Bytes content = sealed.open(attempt.call(), object, BucketAccess.objectArn(bucket, request.keyName()));
            Bytes part = content.slice((int) offset, (int) (offset + bytes));
            return Effect.of(new S3Reply(status, headers, new S3Reply.Inline(part)));
        }
        return Effect.of(new S3Reply(
                status,
                headers,
                withBytes ? new S3Reply.Content(object.contentId(), offset, bytes) : new S3Reply.Announced(bytes)));
    }

    /** Versioning is not implemented: there is the version {@code null} alone. */
    static void requireCurrentVersion(S3Query query) {
        if (query.nonEmpty("versionId").filter(id -> !id.equals("null")).isPresent()) {
            throw S3Error.NOT_IMPLEMENTED.refused("Object versions are not implemented.");
        }
    }

    /** Whoever may not list the bucket is not told what is missing from it. */
    private RuntimeException missing(Attempt attempt, S3Request request, BucketRow bucket) {
        return access.allows(attempt, request, bucket, "s3:ListBucket", bucket.arn())
                ? S3Error.NO_SUCH_KEY.refused()
                : S3Error.ACCESS_DENIED.refused();
    }

    private static Map<String, String> headers(S3Request request, ObjectRow object, Optional<ByteRange> range) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("last-modified", S3Dates.http(object.modifiedAt()));
        headers.put("etag", object.etag());
        headers.put("accept-ranges", "bytes");
        headers.put("content-type", "binary/octet-stream");
        headers.putAll(object.headers());
        range.ifPresent(part -> headers.put("content-range", part.contentRange(object.sizeBytes())));
        object.encryption().ifPresent(sse -> headers.put("x-amz-server-side-encryption", sse));
        object.sealing().ifPresent(sealing -> headers.put(Sealing.KEY_HEADER, sealing.keyArn()));
        object.metadata().forEach((name, value) -> headers.put(PutObject.USER_METADATA + name, value));
        boolean checksums = request.headers()
                .get("x-amz-checksum-mode")
                .filter("ENABLED"::equalsIgnoreCase)
                .isPresent();
        // A client would hold the checksum of the whole against the part it gets.
        if (checksums && range.isEmpty() && !object.checksums().isEmpty()) {
            headers.putAll(object.checksums());
            headers.put("x-amz-checksum-type", "FULL_OBJECT");
        }
        override(request.query(), headers);
        return headers;
    }

    private static void override(S3Query query, Map<String, String> headers) {
        for (String name : OVERRIDABLE) {
            query.get(OVERRIDE + name).ifPresent(value -> {
                // A line break here would let whoever made the link write headers of our answer.
                if (value.chars().anyMatch(c -> c < 0x20 || c >= 0x7F)) {
                    throw S3Error.INVALID_ARGUMENT.refused("Header value cannot be represented using ISO-8859-1.");
                }
                headers.put(name, value);
            });
        }
    }
}
