package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import java.util.Map;
import java.util.Optional;

/**
 * An object's bytes, taken in and safe on disk, that no row refers to yet. Whoever staged it closes it once the call is
 * answered; from then on the sweep may remove the file if no row came to refer to it.
 */
public final class Staged implements AutoCloseable {
    private final ContentStore store;
    private final Piece piece;
    private final String rowKey;
    private final Bytes tag;
    private final Bytes sha256;
    private final Map<String, String> checksums;
    private final Optional<Sealing> sealing;

    Staged(
            ContentStore store,
            Piece piece,
            String rowKey,
            Bytes tag,
            Bytes sha256,
            Map<String, String> checksums,
            Optional<Sealing> sealing) {
        this.store = store;
        this.piece = piece;
        this.rowKey = rowKey;
        this.tag = tag;
        this.sha256 = sha256;
        this.checksums = Map.copyOf(checksums);
        this.sealing = sealing;
    }

    Piece piece() {
        return piece;
    }

    /** The bytes of its entity tag: the content's MD5, or under a KMS key that of what is stored. */
    Bytes tag() {
        return tag;
    }

    /** Of the content. */
    Bytes sha256() {
        return sha256;
    }

    /** Those the client sent and that proved right: header name to base64. */
    Map<String, String> checksums() {
        return checksums;
    }

    Optional<Sealing> sealing() {
        return sealing;
    }

    @Override
    public void close() {
        store.settled(piece.contentId(), rowKey);
    }
}
