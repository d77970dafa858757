package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.BucketTables.Versioning;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** GetObject, and HeadObject, which is the same but for the bytes. */
final class GetObject implements S3Operation.Behaviour {
    private static final String OVERRIDE = "response-";

    private final BucketAccess access;
    private final KeyRing keys;
    private final Optional<ContentStore> contents;

    private GetObject(BucketAccess access, KeyRing keys, Optional<ContentStore> contents) {
        this.access = access;
        this.keys = keys;
        this.contents = contents;
    }

    static GetObject get(BucketAccess access, KeyRing keys, ContentStore contents) {
        return new GetObject(access, keys, Optional.of(contents));
    }

    static GetObject head(BucketAccess access, KeyRing keys) {
        return new GetObject(access, keys, Optional.empty());
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, "x-amz-checksum-mode");
        ObjectRow object = find(access, attempt, request, bucket, "s3:GetObject");
        if (object.marker()) {
            throw S3Error.METHOD_NOT_ALLOWED.refused();
        }
        if (Conditions.notModified(request.headers(), object)) {
            return Effect.of(S3Reply.empty(304)
                    .with("etag", object.etag())
                    .with("last-modified", S3Dates.http(object.modifiedAt())));
        }
        Optional<ByteRange> part = part(request.query(), object);
        Optional<ByteRange> range = part.or(() -> request.headers()
                .get("range")
                .filter(_ -> Conditions.rangeCounts(request.headers(), object))
                .flatMap(header -> ByteRange.of(header, object.sizeBytes())));
        Map<String, String> headers = headers(request, bucket, object, range);
        if (part.isPresent() || (request.query().has("partNumber") && object.sizeBytes() == 0)) {
            headers.put("x-amz-mp-parts-count", Integer.toString(object.pieces().size()));
        }
        long offset = range.map(ByteRange::first).orElse(0L);
        long bytes = range.map(ByteRange::bytes).orElse(object.sizeBytes());
        int status = range.isPresent() ? 206 : 200;
        if (contents.isEmpty()) {
            return Effect.of(new S3Reply(status, headers, new S3Reply.Announced(bytes)));
        }
        Optional<ContentKey> key = object.sealing()
                .map(sealing -> attempt.once()
                        .ask(sealing, () -> keys.open(attempt.call().caller(), sealing)));
        ObjectSource source = new ObjectSource(
                contents.get(), object.pieces(), key, BucketAccess.objectArn(bucket, request.keyName()), offset, bytes);
        return Effect.of(new S3Reply(status, headers, new S3Reply.Content(bytes, source)));
    }

    /**
     * The version that the request is about, if the caller may do that to it: {@code action}, or for a version named by
     * its id the action of that name with Version.
     *
     * @throws dev.keytrail.call.Refused AccessDenied, NoSuchKey, NoSuchVersion
     */
    static ObjectRow find(BucketAccess access, Attempt attempt, S3Request request, BucketRow bucket, String action) {
        Optional<String> version = request.query().nonEmpty("versionId");
        if (version.isPresent()) {
            String ofVersion = action.replace("Object", "ObjectVersion");
            boolean sameForBoth = action.endsWith("Retention") || action.endsWith("LegalHold");
            access.requireOnObject(attempt, request, bucket, sameForBoth ? action : ofVersion);
            return Versions.find(attempt.state(), bucket, request.keyName(), version.get())
                    .orElseThrow(() -> missing(access, attempt, request, bucket, S3Error.NO_SUCH_VERSION));
        }
        access.requireOnObject(attempt, request, bucket, action);
        return attempt.state()
                .get(BucketTables.OBJECTS, ObjectKeys.row(bucket.name(), request.keyName()))
                .orElseThrow(() -> missing(access, attempt, request, bucket, S3Error.NO_SUCH_KEY));
    }

    /** Whoever may not list the bucket is not told what is missing from it. */
    private static RuntimeException missing(
            BucketAccess access, Attempt attempt, S3Request request, BucketRow bucket, S3Error error) {
        return access.allows(attempt, request, bucket, "s3:ListBucket", bucket.arn())
                ? error.refused()
                : S3Error.ACCESS_DENIED.refused();
    }

    /** The bytes of the part that was uploaded under that number; an object put as a whole is its part 1. */
    private static Optional<ByteRange> part(S3Query query, ObjectRow object) {
        Optional<String> asked = query.nonEmpty("partNumber");
        if (asked.isEmpty()) {
            return Optional.empty();
        }
        int number = UploadIds.partNumber(asked.get());
        if (number > object.pieces().size()) {
            throw S3Error.INVALID_RANGE.refused("The requested partnumber is not satisfiable");
        }
        long first = object.pieces().subList(0, number - 1).stream()
                .mapToLong(Piece::sizeBytes)
                .sum();
        long bytes = object.pieces().get(number - 1).sizeBytes();
        return bytes == 0 ? Optional.empty() : Optional.of(new ByteRange(first, first + bytes - 1));
    }

    private static Map<String, String> headers(
            S3Request request, BucketRow bucket, ObjectRow object, Optional<ByteRange> range) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("last-modified", S3Dates.http(object.modifiedAt()));
        headers.put("etag", object.etag());
        headers.put("accept-ranges", "bytes");
        headers.put("content-type", "binary/octet-stream");
        ObjectTerms terms = object.terms();
        headers.putAll(terms.headers());
        range.ifPresent(part -> headers.put("content-range", part.contentRange(object.sizeBytes())));
        headers.putAll(NewObject.encryption(object));
        terms.metadata().forEach((name, value) -> headers.put(ObjectTerms.USER_METADATA + name, value));
        if (bucket.versioning() != Versioning.OFF) {
            headers.put(NewObject.VERSION_HEADER, object.version());
        }
        terms.retention().ifPresent(retention -> {
            headers.put(ObjectLock.MODE_HEADER, retention.mode().name());
            headers.put(ObjectLock.UNTIL_HEADER, ObjectLock.written(retention.until()));
        });
        if (terms.held()) {
            headers.put(ObjectLock.HOLD_HEADER, "ON");
        }
        if (!terms.tags().isEmpty()) {
            headers.put("x-amz-tagging-count", Integer.toString(terms.tags().size()));
        }
        boolean checksums = request.headers()
                .get("x-amz-checksum-mode")
                .filter("ENABLED"::equalsIgnoreCase)
                .isPresent();
        // A client would hold the checksum of the whole against the part it gets.
        if (checksums && range.isEmpty() && !object.checksums().isEmpty()) {
            headers.putAll(object.checksums());
            headers.put("x-amz-checksum-type", object.checksumType());
        }
        override(request.query(), headers);
        return headers;
    }

    private static void override(S3Query query, Map<String, String> headers) {
        for (String name : ObjectTerms.KEPT_HEADERS) {
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
