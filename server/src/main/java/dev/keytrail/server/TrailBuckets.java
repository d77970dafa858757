package dev.keytrail.server;

import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.call.Bytes;
import java.util.Optional;

/**
 * Where trails deliver: a bucket of this server if there is one of that name, else the S3 endpoint outside, if one is set.
 */
final class TrailBuckets implements ObjectStore {
    private final ObjectStore embedded;
    private final Optional<ObjectStore> outside;

    TrailBuckets(ObjectStore embedded, Optional<ObjectStore> outside) {
        this.embedded = embedded;
        this.outside = outside;
    }

    @Override
    public Put putNew(NewObject object) {
        return of(object.bucket(), object.writer()).putNew(object);
    }

    @Override
    public Optional<Bytes> read(String bucket, String key, int bytesMax) {
        return of(bucket, new Writer("", "", "")).read(bucket, key, bytesMax);
    }

    @Override
    public Check check(Destination destination) {
        return of(destination.bucket(), destination.writer()).check(destination);
    }

    private ObjectStore of(String bucket, Writer writer) {
        if (outside.isEmpty()
                || embedded.check(new Destination(bucket, Optional.empty(), writer)) != Check.NO_SUCH_BUCKET) {
            return embedded;
        }
        return outside.get();
    }
}
