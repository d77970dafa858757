package dev.keytrail.audit.bucket;

import dev.keytrail.audit.bucket.BucketTables.BucketRow;
import dev.keytrail.audit.bucket.BucketTables.ObjectRow;
import dev.keytrail.call.Attempt;
import dev.keytrail.call.Change;
import dev.keytrail.call.Effect;
import java.util.List;
import java.util.Optional;

/** DeleteObject: no error when there is nothing to delete. */
final class DeleteObject implements S3Operation.Behaviour {
    private final BucketAccess access;

    DeleteObject(BucketAccess access) {
        this.access = access;
    }

    @Override
    public Effect<S3Reply> handle(Attempt attempt, S3Request request) {
        BucketRow bucket = access.find(attempt, request);
        HeaderRules.require(request);
        GetObject.requireCurrentVersion(request.query());
        access.requireOnObject(attempt, request, bucket, "s3:DeleteObject");
        String rowKey = ObjectKeys.row(bucket.name(), request.keyName());
        Optional<ObjectRow> object = attempt.state().get(BucketTables.OBJECTS, rowKey);
        Optional<String> match = request.headers().get("if-match");
        if (match.isPresent()) {
            ObjectRow present = object.orElseThrow(S3Error.NO_SUCH_KEY::refused);
            if (!Conditions.matches(match.get(), present.etag())) {
                throw S3Error.PRECONDITION_FAILED.refused();
            }
        }
        return Effect.of(
                S3Reply.empty(204),
                object.map(present -> removal(attempt, rowKey, present)).orElse(List.of()));
    }

    static List<Change<?>> removal(Attempt attempt, String rowKey, ObjectRow object) {
        return List.of(Change.delete(BucketTables.OBJECTS, rowKey), PutObject.dropped(attempt, object));
    }
}
