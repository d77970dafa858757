package dev.keytrail.audit.bucket;

import dev.keytrail.call.Bytes;
import dev.keytrail.crypto.ContentCipher;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Bytes on their way into a content file, sealed if there is a key, with their sums. One thread. Ends with {@link #stage}
 * or {@link #abandon}.
 */
final class Intake {
    private final ContentStore contents;
    private final ContentStore.Draft draft;
    private final Optional<Sealing> sealing;
    private final Optional<ContentCipher> cipher;
    private final byte[] segment = new byte[ContentCipher.SEGMENT_BYTES];
    private final Sums sums;
    private final MessageDigest storedMd5 = Checksum.digest("MD5");
    private long size;
    private int filled;
    private long segments;

    /** @param key stays the caller's */
    Intake(ContentStore contents, Set<Checksum> checksums, Optional<ContentKey> key, String name) throws IOException {
        this.contents = contents;
        this.draft = contents.draft();
        this.sealing = key.map(ContentKey::sealing);
        this.cipher = key.map(k -> new ContentCipher(k.key(), draft.id(), name));
        this.sums = new Sums(checksums);
    }

    Sums sums() {
        return sums;
    }

    long sizeBytes() {
        return size;
    }

    void write(byte[] source, int offset, int length) throws IOException {
        size += length;
        sums.update(source, offset, length);
        if (cipher.isEmpty()) {
            draft.write(source, offset, length);
            return;
        }
        int at = offset;
        int left = length;
        while (left > 0) {
            // A full segment waits until it is known not to be the last.
            if (filled == segment.length) {
                seal(false);
            }
            int count = Math.min(left, segment.length - filled);
            System.arraycopy(source, at, segment, filled, count);
            filled += count;
            at += count;
            left -= count;
        }
    }

    private void seal(boolean last) throws IOException {
        byte[] sealed = cipher.orElseThrow().seal(segments++, last, segment, filled);
        storedMd5.update(sealed);
        draft.write(sealed, 0, sealed.length);
        filled = 0;
    }

    /** On return the content is safe on disk. */
    Staged stage(String rowKey, Map<String, String> checksums) throws IOException {
        if (cipher.isPresent()) {
            seal(true);
        }
        draft.publish();
        cipher.ifPresent(ContentCipher::close);
        // As at AWS, the entity tag tells nothing of a content that a KMS key encrypts, and is any other's MD5.
        boolean foreignKey = sealing.filter(s -> !s.isOwn()).isPresent();
        Bytes tag = foreignKey ? Bytes.adopt(storedMd5.digest()) : sums.md5();
        return new Staged(contents, new Piece(draft.id(), size), rowKey, tag, sums.sha256(), checksums, sealing);
    }

    void abandon() {
        cipher.ifPresent(ContentCipher::close);
        draft.abandon();
    }

    /** The digests of one content under way. Each may be taken once. */
    static final class Sums {
        private final MessageDigest md5 = Checksum.digest("MD5");
        private final MessageDigest sha256 = Checksum.digest("SHA-256");
        private final Map<Checksum, Checksum.Running> running = new EnumMap<>(Checksum.class);
        private Optional<Bytes> md5Sum = Optional.empty();
        private Optional<Bytes> sha256Sum = Optional.empty();

        Sums(Set<Checksum> checksums) {
            Set<Checksum> wanted = EnumSet.noneOf(Checksum.class);
            wanted.addAll(checksums);
            wanted.forEach(checksum -> running.put(checksum, checksum.start()));
        }

        void update(byte[] source, int offset, int length) {
            md5.update(source, offset, length);
            sha256.update(source, offset, length);
            running.values().forEach(sum -> sum.update(source, offset, length));
        }

        Bytes md5() {
            Bytes sum = md5Sum.orElseGet(() -> Bytes.adopt(md5.digest()));
            md5Sum = Optional.of(sum);
            return sum;
        }

        Bytes sha256() {
            Bytes sum = sha256Sum.orElseGet(() -> Bytes.adopt(sha256.digest()));
            sha256Sum = Optional.of(sum);
            return sum;
        }

        /** In base64. */
        Map<Checksum, String> checksums() {
            Map<Checksum, String> all = new HashMap<>();
            running.forEach((checksum, sum) -> all.put(checksum, sum.base64()));
            return all;
        }
    }
}
