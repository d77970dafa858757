package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Port: where log files go. Thread-safe; every method returns within the implementation's own time limit.
 *
 * <p>All methods throw {@link Failure} when the store refuses or cannot be reached.
 */
public interface ObjectStore {
    /**
     * Stores an object under a key that is free ({@code If-None-Match: *}). All or nothing: an object is never seen half
     * written. After a {@link Failure} the object may be there or not.
     */
    Put putNew(NewObject object);

    /**
     * The object's bytes, or empty when there is none. Delivery compares with it what it put before a crash, so an
     * embedded store asks no bucket policy here.
     *
     * @throws Failure also when the object is larger than {@code bytesMax}
     */
    Optional<Bytes> read(String bucket, String key, int bytesMax);

    /**
     * Whether the object there is this very one, put before a crash: the same content unpacked, or the same bytes where it
     * is encrypted.
     */
    default boolean holds(String bucket, String key, Bytes packed) {
        return read(bucket, key, DeliverySettings.FILE_BYTES_MAX)
                .filter(there -> LogFile.sameContent(there, packed))
                .isPresent();
    }

    /** Whether a trail could deliver there now: what CreateTrail, UpdateTrail and StartLogging check (cloudtrail.md F8). */
    Check check(Destination destination);

    /**
     * @param writer the trail for which CloudTrail writes: a store with policies decides for principal {@code
     *     cloudtrail.amazonaws.com} with {@code aws:SourceArn} = trail ARN, {@code aws:SourceAccount} = its account and
     *     {@code s3:x-amz-acl} = {@code bucket-owner-full-control}
     * @param metadata user metadata, names without {@code x-amz-meta-}
     * @param kmsKey ARN of the key that the store is to encrypt the object under (SSE-KMS)
     */
    record NewObject(
            String bucket,
            String key,
            Bytes body,
            String contentType,
            Optional<String> contentEncoding,
            Map<String, String> metadata,
            Writer writer,
            Optional<String> kmsKey) {
        public NewObject {
            metadata = Map.copyOf(metadata);
        }

        /** One that is not encrypted. */
        public NewObject(
                String bucket,
                String key,
                Bytes body,
                String contentType,
                Optional<String> contentEncoding,
                Map<String, String> metadata,
                Writer writer) {
            this(bucket, key, body, contentType, contentEncoding, metadata, writer, Optional.empty());
        }

        /** What the data key is bound to (cloudtrail.md F9). */
        public Map<String, String> encryptionContext() {
            return new TreeMap<>(Map.of(
                    "aws:cloudtrail:arn", writer.trailArn(), "aws:s3:arn", "arn:aws:s3:::" + bucket + "/" + key));
        }
    }

    /** On whose behalf an object is written. */
    record Writer(String trailArn, String account, String region) {}

    /**
     * A trail's place. The keys written there start with {@link #keyPrefix()}.
     *
     * @param prefix the trail's S3KeyPrefix, without a slash at its end
     * @param organization id, for an organisation trail
     */
    record Destination(String bucket, Optional<String> prefix, Writer writer, Optional<String> organization) {
        /** Of a trail that is no organisation's. */
        public Destination(String bucket, Optional<String> prefix, Writer writer) {
            this(bucket, prefix, writer, Optional.empty());
        }

        /** E.g. {@code PREFIX/AWSLogs/111122223333/}, or {@code PREFIX/AWSLogs/o-ID/} for all accounts of one. */
        public String keyPrefix() {
            return Folder.root(prefix, organization) + (organization.isPresent() ? "" : writer.account() + "/");
        }
    }

    /** What became of a put. */
    enum Put {
        STORED,
        /** Some object has that key already (HTTP 412). It may be this very one, put before a crash. */
        TAKEN
    }

    /** What a look at a destination shows. */
    enum Check {
        READY,
        NO_SUCH_BUCKET,
        /** The bucket policy does not let CloudTrail do s3:GetBucketAcl on it and s3:PutObject on the trail's keys. */
        NOT_PERMITTED
    }

    /** The store said no, or nothing. No stack trace: it is an expected thing. */
    final class Failure extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String code;

        /** @param code the S3 error code, e.g. {@code NoSuchBucket}, {@code AccessDenied}, {@code RequestTimeout} */
        public Failure(String code, String message) {
            super(code + ": " + message, null, false, false);
            this.code = code;
        }

        /** What GetTrailStatus shows as LatestDeliveryError. */
        public String code() {
            return code;
        }
    }
}
