package dev.keytrail.audit.trail;

import dev.keytrail.call.RowCodec;
import java.time.Instant;

/**
 * A delivered log file that a digest is still to name. Committed in the same act as the trail's progress over its events,
 * so a file that was delivered is never without one.
 *
 * @param hash SHA-256 of the uncompressed content, lower-case hex
 * @param at delivery time
 */
record CoveredFile(String bucket, String key, String hash, Instant oldest, Instant newest, Instant at) {
    static final RowCodec<CoveredFile> CODEC = RowCodec.of(
            (file, out) -> out.version(1)
                    .text(file.bucket)
                    .text(file.key)
                    .text(file.hash)
                    .instant(file.oldest)
                    .instant(file.newest)
                    .instant(file.at),
            in -> {
                in.version(1);
                return new CoveredFile(in.text(), in.text(), in.text(), in.instant(), in.instant(), in.instant());
            });
}
