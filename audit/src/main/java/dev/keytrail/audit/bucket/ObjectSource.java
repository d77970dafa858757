package dev.keytrail.audit.bucket;

import dev.keytrail.crypto.ContentCipher;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.Optional;

/**
 * A run of an object's bytes, read as they are sent: one buffer of them is in memory. Files are opened when it is their
 * turn. To be copied once.
 */
final class ObjectSource implements S3Reply.Source {
    private static final int SEALED_SEGMENT_BYTES = ContentCipher.SEGMENT_BYTES + ContentCipher.OVERHEAD_BYTES;

    private final ContentStore contents;
    private final List<Piece> pieces;
    private final Optional<ContentKey> key;
    private final String name;
    private final long offset;
    private final long bytes;

    /** @param name what the contents are sealed under: the object's ARN */
    ObjectSource(
            ContentStore contents, List<Piece> pieces, Optional<ContentKey> key, String name, long offset, long bytes) {
        this.contents = contents;
        this.pieces = pieces;
        this.key = key;
        this.name = name;
        this.offset = offset;
        this.bytes = bytes;
    }

    @Override
    public void copyTo(OutputStream out) throws IOException {
        try {
            long skip = offset;
            long left = bytes;
            for (Piece piece : pieces) {
                if (skip >= piece.sizeBytes()) {
                    skip -= piece.sizeBytes();
                    continue;
                }
                long count = Math.min(left, piece.sizeBytes() - skip);
                if (count > 0) {
                    copy(piece, skip, count, out);
                }
                skip = 0;
                left -= count;
            }
            if (left > 0) {
                throw new IOException("content ends early");
            }
        } finally {
            key.ifPresent(ContentKey::close);
        }
    }

    private void copy(Piece piece, long from, long count, OutputStream out) throws IOException {
        try (FileChannel file = contents.read(piece.contentId())) {
            if (key.isPresent()) {
                try (ContentCipher cipher = new ContentCipher(key.get().key(), piece.contentId(), name)) {
                    opened(file, cipher, piece.sizeBytes(), from, count, out);
                }
            } else {
                plain(file, from, count, out);
            }
        }
    }

    private static void plain(FileChannel file, long from, long count, OutputStream out) throws IOException {
        long at = from;
        long end = from + count;
        while (at < end) {
            long sent = file.transferTo(at, end - at, Channels.newChannel(out));
            if (sent <= 0) {
                throw new IOException("content ends early");
            }
            at += sent;
        }
    }

    private static void opened(
            FileChannel file, ContentCipher cipher, long size, long from, long count, OutputStream out)
            throws IOException {
        long segments = ContentCipher.segments(size);
        byte[] sealed = new byte[SEALED_SEGMENT_BYTES];
        long end = from + count;
        for (long segment = from / ContentCipher.SEGMENT_BYTES;
                segment * ContentCipher.SEGMENT_BYTES < end;
                segment++) {
            ByteBuffer buffer = ByteBuffer.wrap(sealed);
            long at = segment * SEALED_SEGMENT_BYTES;
            while (buffer.hasRemaining() && file.read(buffer, at + buffer.position()) >= 0) {
                // Until the segment or the file has given all.
            }
            byte[] content = cipher.open(segment, segment == segments - 1, sealed, buffer.position())
                    .orElseThrow(() -> new IOException("content is damaged"));
            long start = segment * ContentCipher.SEGMENT_BYTES;
            int first = (int) Math.max(0, from - start);
            int last = (int) Math.min(content.length, end - start);
            out.write(content, first, last - first);
        }
    }
}
