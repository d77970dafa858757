package dev.keytrail.server;

import dev.keytrail.audit.trail.DataKeys;
import dev.keytrail.audit.trail.ObjectStore;
import dev.keytrail.call.Arn;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Caller;
import dev.keytrail.call.Service;
import java.util.Optional;

/**
 * Where trails deliver: a bucket of this server if there is one of that name, else the S3 endpoint outside, if one is set.
 */
final class TrailBuckets implements ObjectStore {
    private final ObjectStore embedded;
    private final Optional<ObjectStore> outside;
    private final DataKeys keys;

    TrailBuckets(ObjectStore embedded, Optional<ObjectStore> outside, DataKeys keys) {
        this.embedded = embedded;
        this.outside = outside;
        this.keys = keys;
    }

    @Override
    public Put putNew(NewObject object) {
        ObjectStore store = of(object.bucket(), object.writer());
        if (store != embedded) {
            object.kmsKey().ifPresent(key -> ask(object, key));
        }
        return store.putNew(object);
    }

    /**
     * The store outside encrypts by its own means, told by the SSE headers which key is meant. The key of this house still
     * decides whether CloudTrail may write under it, and has that on its record.
     */
    private void ask(NewObject object, String key) {
        Writer writer = object.writer();
        Caller caller = Caller.service(
                Service.CLOUDTRAIL.eventSource(), new Caller.Source(writer.trailArn(), writer.account()));
        String region = Arn.parse(key).map(Arn::region).orElse(writer.region());
        try {
            keys.generate(caller, region, key, object.encryptionContext()).close();
        } catch (DataKeys.Refusal refusal) {
            throw new Failure(
                    refusal.s3Code(), Optional.ofNullable(refusal.getMessage()).orElse(""));
        }
    }

    @Override
    public boolean holds(String bucket, String key, Bytes packed) {
        return of(bucket, new Writer("", "", "")).holds(bucket, key, packed);
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
