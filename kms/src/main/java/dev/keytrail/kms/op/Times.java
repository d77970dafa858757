package dev.keytrail.kms.op;

import dev.keytrail.call.Call;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** A call's time as rows keep it. */
final class Times {
    private Times() {}

    /** Whole milliseconds: what answers can show, so that a stored date and a shown one never differ. */
    static Instant of(Call call) {
        return call.receivedAt().truncatedTo(ChronoUnit.MILLIS);
    }
}
