package dev.keytrail.audit.bucket;

import java.time.Duration;

/**
 * @param objectBytesMax largest object taken; S3's own bound for one PUT is 5 GiB
 * @param garbageKept how long the bytes of a deleted or overwritten object stay, so that an answer under way can finish
 */
public record BucketSettings(long objectBytesMax, Duration garbageKept) {
    public static final BucketSettings DEFAULT = new BucketSettings(5L << 30, Duration.ofMinutes(10));

    public BucketSettings {
        if (objectBytesMax < 1 || objectBytesMax > 5L << 30 || garbageKept.isNegative()) {
            throw new IllegalArgumentException("objectBytesMax " + objectBytesMax + ", garbageKept " + garbageKept);
        }
    }
}
