package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** Buckets in memory, for any number of threads. Every bucket exists but those that a test takes away. */
public final class FakeObjectStore implements ObjectStore {
    public final SortedMap<String, NewObject> objects = new ConcurrentSkipListMap<>();
    public final Set<String> missing = new HashSet<>();
    public final Set<String> forbidden = new HashSet<>();

    @Override
    public Put putNew(NewObject object) {
        if (missing.contains(object.bucket())) {
            throw new Failure("NoSuchBucket", "The specified bucket does not exist");
        }
        if (forbidden.contains(object.bucket())) {
            throw new Failure("AccessDenied", "Access Denied");
        }
        return objects.putIfAbsent(object.bucket() + "/" + object.key(), object) == null ? Put.STORED : Put.TAKEN;
    }

    @Override
    public Optional<Bytes> read(String bucket, String key, int bytesMax) {
        return Optional.ofNullable(objects.get(bucket + "/" + key)).map(NewObject::body);
    }

    @Override
    public Check check(Destination destination) {
        if (missing.contains(destination.bucket())) {
            return Check.NO_SUCH_BUCKET;
        }
        return forbidden.contains(destination.bucket()) ? Check.NOT_PERMITTED : Check.READY;
    }
}
