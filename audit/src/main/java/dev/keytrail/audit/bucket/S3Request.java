package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/**
 * One S3 request with its body taken in: what an operation's handler gets. Close it once the call is answered, however
 * it ended; that is when a staged body stops being in flight.
 *
 * @param bucket as named in the path; empty for ListBuckets
 * @param key decoded; empty for what is done to a bucket
 * @param body of the few operations with a small one; else empty
 * @param staged the bytes of an object or a part of one
 * @param source set only by Keytrail's own services, never from the network
 */
public record S3Request(
        S3Head head,
        Optional<String> bucket,
        Optional<String> key,
        S3Query query,
        Bytes body,
        Optional<Staged> staged,
        Optional<Source> source)
        implements AutoCloseable {
    /** On whose behalf a service acts: {@code aws:SourceArn} and {@code aws:SourceAccount}. */
    public record Source(String arn, String account) {}

    S3Headers headers() {
        return head.headers();
    }

    /** The bucket of an operation that has one. */
    String bucketName() {
        return bucket.orElseThrow(() -> new IllegalStateException("routed without a bucket"));
    }

    /** The key of an operation that has one. */
    String keyName() {
        return key.orElseThrow(() -> new IllegalStateException("routed without a key"));
    }

    @Override
    public void close() {
        staged.ifPresent(Staged::close);
    }
}
