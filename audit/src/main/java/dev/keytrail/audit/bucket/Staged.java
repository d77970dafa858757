package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import java.util.Map;

/**
 * An object's bytes, taken in and safe on disk, that no row refers to yet. Whoever staged it closes it once the call is
 * answered; from then on the sweep may remove the file if no row came to refer to it.
 */
public final class Staged implements AutoCloseable {
    private final ContentStore store;
    private final String contentId;
    private final String rowKey;
    private final long sizeBytes;
    private final Bytes md5;
    private final Bytes sha256;
    private final Map<String, String> checksums;

    Staged(
            ContentStore store,
            String contentId,
            String rowKey,
            long sizeBytes,
            Bytes md5,
            Bytes sha256,
            Map<String, String> checksums) {
        this.store = store;
        this.contentId = contentId;
        this.rowKey = rowKey;
        this.sizeBytes = sizeBytes;
        this.md5 = md5;
        this.sha256 = sha256;
        this.checksums = Map.copyOf(checksums);
    }

    String contentId() {
        return contentId;
    }

    long sizeBytes() {
        return sizeBytes;
    }

    Bytes md5() {
        return md5;
    }

    Bytes sha256() {
        return sha256;
    }

    /** Those the client sent and that proved right: header name to base64. */
    Map<String, String> checksums() {
        return checksums;
    }

    @Override
    public void close() {
        store.settled(contentId, rowKey);
    }
}
