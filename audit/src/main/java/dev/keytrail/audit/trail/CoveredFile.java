package dev.keytrail.audit.trail;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * A delivered log file that a digest is still to name. Committed in the same act as the trail's progress over its events,
 * so a file that was delivered is never without one. Where what is left out is counted, there may be such a row without a
 * file.
 *
 * @param key empty text when it only counts
 * @param hash SHA-256 of the uncompressed content, lower-case hex
 * @param at delivery time
 * @param named the time in its name: when it was decided, which is earlier than its delivery if something held it up
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
        Instant named,
        long events,
        long suppressed) {
    static final RowCodec<CoveredFile> CODEC = RowCodec.of(CoveredFile::write, CoveredFile::read);

    static CoveredFile counting(long suppressed, Instant at) {
        return new CoveredFile("", "", "", Instant.EPOCH, Instant.EPOCH, at, at, 0, suppressed);
    }

    boolean isFile() {
        return !key.isEmpty();
    }

    CoveredFile withSuppressed(long count) {
        return new CoveredFile(bucket, key, hash, oldest, newest, at, named, events, count);
    }

    /** Whether whoever checks would have looked for it in a digest that ended then or earlier. */
    boolean isMissedBy(Instant digestEnd) {
        return isFile()
                && !named.truncatedTo(ChronoUnit.MINUTES)
                        .plus(DeliverySettings.FILE_BEHIND_NAME_MAX)
                        .isAfter(digestEnd);
    }

    private static void write(CoveredFile file, RowWriter out) {
        out.version(3).text(file.bucket).text(file.key).text(file.hash);
        out.instant(file.oldest).instant(file.newest).instant(file.at);
        out.number(file.events).number(file.suppressed).instant(file.named);
    }

    private static CoveredFile read(RowReader in) {
        int version = in.version(3);
        String bucket = in.text();
        String key = in.text();
        String hash = in.text();
        Instant oldest = in.instant();
        Instant newest = in.instant();
        Instant at = in.instant();
        long events = version > 1 ? in.number() : 0;
        long suppressed = version > 1 ? in.number() : 0;
        Instant named = version > 2 ? in.instant() : at;
        return new CoveredFile(bucket, key, hash, oldest, newest, at, named, events, suppressed);
    }
}
