package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;

/** What PutObject, CopyObject and multipart uploads have in common: leave to write, conditions, and the answer's headers. */
final class NewObject {
    static final String VERSION_HEADER = "x-amz-version-id";

    private NewObject() {}

    /**
     * The bucket, if the caller may write there what the headers say.
     *
     * @throws dev.keytrail.call.Refused AccessDenied, NoSuchBucket, KeyTooLongError, NotImplemented, what is wrong with the headers
     */
    static BucketRow admit(BucketAccess access, Attempt attempt, S3Request request, ObjectTerms terms) {
        BucketRow bucket = access.find(attempt, request);
        if (request.keyName().getBytes(StandardCharsets.UTF_8).length > ObjectKeys.KEY_BYTES_MAX) {
            throw S3Error.KEY_TOO_LONG.refused();
        }
        access.requireOnObject(attempt, request, bucket, "s3:PutObject");
        if (!terms.tags().isEmpty()) {
            access.requireOnObject(attempt, request, bucket, "s3:PutObjectTagging");
        }
        if (terms.retention().isPresent()) {
            access.requireOnObject(attempt, request, bucket, "s3:PutObjectRetention");
        }
        if (request.headers().has(ObjectLock.HOLD_HEADER)) {
            access.requireOnObject(attempt, request, bucket, "s3:PutObjectLegalHold");
        }
        ObjectLock.applied(attempt, request, bucket, terms);
        if (request.headers()
                .get("if-none-match")
                .filter(value -> !value.equals("*"))
                .isPresent()) {
            throw S3Error.NOT_IMPLEMENTED.refused("If-None-Match is implemented for * only.");
        }
        return bucket;
    }

    /** @throws dev.keytrail.call.Refused PreconditionFailed, NoSuchKey */
    static void requireConditions(Attempt attempt, S3Request request, BucketRow bucket) {
        S3Headers headers = request.headers();
        Optional<ObjectRow> present =
                attempt.state().get(BucketTables.OBJECTS, ObjectKeys.row(bucket.name(), request.keyName()));
        if (headers.has("if-none-match") && present.isPresent()) {
            throw S3Error.PRECONDITION_FAILED.refused();
        }
        Optional<String> match = headers.get("if-match");
        if (match.isPresent()) {
            ObjectRow old = present.orElseThrow(S3Error.NO_SUCH_KEY::refused);
            if (!Conditions.matches(match.get(), old.etag())) {
                throw S3Error.PRECONDITION_FAILED.refused();
            }
        }
    }

    /** The object of a staged content. */
    static ObjectRow of(Attempt attempt, Staged staged, ObjectTerms terms) {
        return new ObjectRow(
                java.util.List.of(staged.piece()),
                staged.piece().sizeBytes(),
                attempt.call().receivedAt().truncatedTo(ChronoUnit.SECONDS),
                staged.tag().hex(),
                staged.sha256(),
                terms.sealed(staged.sealing()),
                staged.checksums(),
                ObjectRow.FULL_OBJECT,
                staged.sealing(),
                Versions.NULL,
                0,
                false);
    }

    /** The answer with what every write tells of the object it made, and what the event shows of that. */
    static Effect<S3Reply> made(S3Reply reply, BucketRow bucket, Versions.Outcome outcome) {
        ObjectRow object = outcome.version();
        S3Reply told = reply;
        for (Map.Entry<String, String> header : encryption(object).entrySet()) {
            told = told.with(header.getKey(), header.getValue());
        }
        Facts shown = Facts.facts();
        encryption(object).forEach(shown::put);
        if (bucket.versioning() != BucketTables.Versioning.OFF) {
            told = told.with(VERSION_HEADER, object.version());
            shown.put(VERSION_HEADER, object.version());
        }
        Effect<S3Reply> effect = Effect.of(told, outcome.changes());
        return shown.isEmpty() ? effect : effect.showing(shown);
    }

    /** The headers that say how an object is encrypted. */
    static Map<String, String> encryption(ObjectRow object) {
        return encryption(object.terms().encryption(), object.sealing());
    }

    static Map<String, String> encryption(Optional<String> algorithm, Optional<Sealing> sealing) {
        Map<String, String> headers = new java.util.LinkedHashMap<>();
        algorithm.ifPresent(sse -> headers.put(Sealing.HEADER, sse));
        sealing.filter(s -> !s.isOwn()).ifPresent(s -> headers.put(Sealing.KEY_HEADER, s.keyArn()));
        return headers;
    }

    /** The headers with an object's checksums. */
    static S3Reply withChecksums(S3Reply reply, ObjectRow object) {
        S3Reply told = reply;
        for (Map.Entry<String, String> checksum : object.checksums().entrySet()) {
            told = told.with(checksum.getKey(), checksum.getValue());
        }
        return object.checksums().isEmpty() ? told : told.with("x-amz-checksum-type", object.checksumType());
    }
}
