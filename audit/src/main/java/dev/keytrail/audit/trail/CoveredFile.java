package dev.keytrail.audit.trail;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;

/**
 * A delivered log file that a digest is still to name. Committed in the same act as the trail's progress over its events,
 * so a file that was delivered is never without one. Where what is left out is counted, there may be such a row without a
 * file.
 *
 * @param key empty text when it only counts
 * @param hash SHA-256 of the uncompressed content, lower-case hex
 * @param at delivery time
 * @param events in the file
 * @param suppressed events that the trail chose from in that stretch and left out
 */
record CoveredFile(
        String bucket,
        String key,
        String hash,
        Instant oldest,
        Instant newest,
        Instant at,
        long events,
        long suppressed) {
    static final RowCodec<CoveredFile> CODEC = RowCodec.of(CoveredFile::write, CoveredFile::read);

    static CoveredFile counting(long suppressed, Instant at) {
        return new CoveredFile("", "", "", Instant.EPOCH, Instant.EPOCH, at, 0, suppressed);
    }

    boolean isFile() {
        return !key.isEmpty();
    }

    CoveredFile withSuppressed(long count) {
        return new CoveredFile(bucket, key, hash, oldest, newest, at, events, count);
    }

    private static void write(CoveredFile file, RowWriter out) {
        out.version(2).text(file.bucket).text(file.key).text(file.hash);
        out.instant(file.oldest).instant(file.newest).instant(file.at);
        out.number(file.events).number(file.suppressed);
    }

    private static CoveredFile read(RowReader in) {
        int version = in.version(2);
        return new CoveredFile(
                in.text(),
                in.text(),
                in.text(),
                in.instant(),
                in.instant(),
                in.instant(),
                version > 1 ? in.number() : 0,
                version > 1 ? in.number() : 0);
    }
}
