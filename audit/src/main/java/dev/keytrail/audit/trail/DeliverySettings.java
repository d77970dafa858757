package dev.keytrail.audit.trail;

import java.time.Duration;

/**
 * @param flushInterval longest wait of an event for its file to close; 1 s or more (AWS: about five minutes)
 * @param fileBytes uncompressed size at which a file closes early
 * @param gzipLevel 1 (fast) to 9 (small). Changing it while files are under way is harmless: contents are compared unpacked
 * @param digestInterval time from one digest of a trail to its next, in whole seconds (AWS: one hour)
 * @param bufferBytes bound for the events of all trails that wait in memory
 */
public record DeliverySettings(
        Duration flushInterval, Duration digestInterval, int fileBytes, int gzipLevel, long bufferBytes) {
    /** AWS never puts more than this into one file, before compression (cloudtrail.md F6). */
    public static final int FILE_BYTES_MAX = 50_000_000;

    /** A log file is in its bucket this long after the minute in its name at the latest, unless something held it up. */
    public static final Duration FILE_BEHIND_NAME_MAX = Duration.ofMinutes(2);

    public static final Duration DIGEST_INTERVAL_MIN = Duration.ofSeconds(2);
    public static final Duration DIGEST_INTERVAL_MAX = Duration.ofHours(24);

    public static final DeliverySettings DEFAULT =
            new DeliverySettings(Duration.ofSeconds(60), Duration.ofHours(1), 5_000_000, 6, 64L << 20);

    public DeliverySettings {
        if (flushInterval.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("flush interval under one second: " + flushInterval);
        }
        if (digestInterval.compareTo(DIGEST_INTERVAL_MIN) < 0
                || digestInterval.compareTo(DIGEST_INTERVAL_MAX) > 0
                || digestInterval.getNano() != 0) {
            throw new IllegalArgumentException(
                    "digest interval not in whole seconds from 2 s to 24 h: " + digestInterval);
        }
        if (fileBytes < 1 || fileBytes > FILE_BYTES_MAX) {
            throw new IllegalArgumentException("file size " + fileBytes + ", at most " + FILE_BYTES_MAX);
        }
        if (gzipLevel < 1 || gzipLevel > 9) {
            throw new IllegalArgumentException("gzip level " + gzipLevel + ", 1 to 9");
        }
        if (bufferBytes < fileBytes) {
            throw new IllegalArgumentException("buffer of " + bufferBytes + " bytes holds no file of " + fileBytes);
        }
    }

    public DeliverySettings withFlushInterval(Duration interval) {
        return new DeliverySettings(interval, digestInterval, fileBytes, gzipLevel, bufferBytes);
    }

    public DeliverySettings withDigestInterval(Duration interval) {
        return new DeliverySettings(flushInterval, interval, fileBytes, gzipLevel, bufferBytes);
    }
}
