package dev.keytrail.audit.trail;

import java.time.Duration;

/**
 * @param flushInterval longest wait of an event for its file to close; 1 s or more (AWS: about five minutes)
 * @param fileBytes uncompressed size at which a file closes early
 * @param gzipLevel 1 (fast) to 9 (small). Changing it while files are under way is harmless: contents are compared unpacked
 * @param bufferBytes bound for the events of all trails that wait in memory
 */
public record DeliverySettings(Duration flushInterval, int fileBytes, int gzipLevel, long bufferBytes) {
    /** AWS never puts more than this into one file, before compression (cloudtrail.md F6). */
    public static final int FILE_BYTES_MAX = 50_000_000;

    public static final DeliverySettings DEFAULT =
            new DeliverySettings(Duration.ofSeconds(60), 5_000_000, 6, 64L << 20);

    public DeliverySettings {
        if (flushInterval.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("flush interval under one second: " + flushInterval);
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
        return new DeliverySettings(interval, fileBytes, gzipLevel, bufferBytes);
    }
}
