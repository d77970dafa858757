package dev.keytrail.audit.bucket;

import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;

/**
 * One content file of an object: the whole of it, or a part that was uploaded by itself.
 *
 * @param sizeBytes of the content, not encrypted
 */
record Piece(String contentId, long sizeBytes) {
    static void write(Piece piece, RowWriter out) {
        out.text(piece.contentId).number(piece.sizeBytes);
    }

    static Piece read(RowReader in) {
        return new Piece(in.text(), in.number());
    }
}
