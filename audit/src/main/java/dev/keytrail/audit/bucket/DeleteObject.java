package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.audit.bucket.BucketTables.Versioning;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Effect;
import dev.keytrail.call.Facts;
import java.util.List;
import java.util.Optional;

/** DeleteObject: no error when there is nothing to delete. With a version's id it removes that version for good. */
final class DeleteObject implements S3Operation.Behaviour {
    static final String MARKER_HEADER = "x-amz-delete-marker";

    private final BucketAccess access;

    DeleteObject(BucketAccess access) {
        this.access = access;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request, List.of(ObjectLock.BYPASS_HEADER));
        Optional<String> version = request.query().nonEmpty("versionId");
        access.requireOnObject(
                attempt, request, bucket, version.isPresent() ? "s3:DeleteObjectVersion" : "s3:DeleteObject");
        requireMatch(attempt, request, bucket);
        Removal removal = new Removal(access, attempt, request, bucket);
        Versions.Outcome outcome = removal.of(request.keyName(), version);
        Effect<S3Reply> effect = Effect.of(told(S3Reply.empty(204), bucket, outcome), outcome.changes());
        return bucket.versioning() == Versioning.OFF
                ? effect
                : effect.showing(Facts.facts()
                        .put(NewObject.VERSION_HEADER, outcome.version().version())
                        .put(MARKER_HEADER, Boolean.toString(outcome.version().marker())));
    }

    private static void requireMatch(Attempt attempt, S3Request request, BucketRow bucket) {
        Optional<String> match = request.headers().get("if-match");
        if (match.isPresent()) {
            ObjectRow present = attempt.state()
                    .get(BucketTables.OBJECTS, ObjectKeys.row(bucket.name(), request.keyName()))
                    .orElseThrow(S3Error.NO_SUCH_KEY::refused);
            if (!Conditions.matches(match.get(), present.etag())) {
                throw S3Error.PRECONDITION_FAILED.refused();
            }
        }
    }

    private static S3Reply told(S3Reply reply, BucketRow bucket, Versions.Outcome outcome) {
        if (bucket.versioning() == Versioning.OFF) {
            return reply;
        }
        S3Reply told = reply.with(NewObject.VERSION_HEADER, outcome.version().version());
        return outcome.version().marker() ? told.with(MARKER_HEADER, "true") : told;
    }

    /** Deletes keys and versions for one request. */
    record Removal(BucketAccess access, Attempt attempt, S3Request request, BucketRow bucket) {
        /** @throws dev.keytrail.call.Refused AccessDenied for a version that is locked */
        Versions.Outcome of(String key, Optional<String> version) {
            if (version.isEmpty()) {
                return Versions.delete(attempt, bucket, key);
            }
            Optional<ObjectRow> found = Versions.find(attempt.state(), bucket, key, version.get());
            if (found.isEmpty()) {
                // As at AWS: nothing is there afterwards, which is what was asked for.
                return new Versions.Outcome(
                        List.of(),
                        ObjectRow.deleteMarker(attempt.call().receivedAt())
                                .as(version.get(), 0)
                                .unmarked());
            }
            if (!ObjectLock.permitsDeletion(found.get(), attempt.call().receivedAt(), mayBypass(key))) {
                throw S3Error.ACCESS_DENIED.refused("Access Denied because object protected by object lock.");
            }
            return Versions.remove(attempt, bucket, key, found.get());
        }

        private boolean mayBypass(String key) {
            return request.headers()
                            .get(ObjectLock.BYPASS_HEADER)
                            .orElse("false")
                            .equalsIgnoreCase("true")
                    && access.allows(
                            attempt,
                            request,
                            bucket,
                            "s3:BypassGovernanceRetention",
                            BucketAccess.objectArn(bucket, key));
        }
    }
}
