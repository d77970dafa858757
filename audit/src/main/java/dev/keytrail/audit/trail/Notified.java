package dev.keytrail.audit.trail;

import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import java.time.Instant;
import java.util.Optional;

/**
 * How a trail's notices went.
 *
 * @param failure of the last try; gone with the next success
 */
public record Notified(Optional<Instant> latest, Optional<Progress.Failed> failure) {
    static final RowCodec<Notified> CODEC = RowCodec.of(Notified::write, Notified::read);
    static final Notified NEVER = new Notified(Optional.empty(), Optional.empty());

    private static void write(Notified notified, RowWriter out) {
        out.version(1).optional(notified.latest, (at, to) -> to.instant(at));
        out.optional(notified.failure, (f, to) -> to.text(f.code()).instant(f.at()));
    }

    private static Notified read(RowReader in) {
        in.version(1);
        return new Notified(
                in.optional(RowReader::instant), in.optional(f -> new Progress.Failed(f.text(), f.instant())));
    }
}
