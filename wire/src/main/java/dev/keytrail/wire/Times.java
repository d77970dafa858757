package dev.keytrail.wire;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** Timestamps on the wire: milliseconds at most going out, years 1 to 9999 coming in. */
final class Times {
    private static final double SECONDS_MIN = -62_135_596_800.0;
    private static final double SECONDS_END = 253_402_300_800.0;
    private static final int TEXT_LENGTH_MAX = 64;

    /** As AWS's XML has them, without fraction when there is none. */
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Times() {}

    /** Rounded to the millisecond, which a double holds exactly enough for any year. */
    static Optional<Instant> ofEpochSeconds(double seconds) {
        if (!(seconds >= SECONDS_MIN && seconds < SECONDS_END)) {
            return Optional.empty();
        }
        return Optional.of(Instant.ofEpochMilli(Math.round(seconds * 1000)));
    }

    /** ISO 8601 with an offset, e.g. {@code 2026-01-01T00:00:00Z}. */
    static Optional<Instant> parse(String text) {
        if (text.length() > TEXT_LENGTH_MAX) {
            return Optional.empty();
        }
        try {
            Instant instant = OffsetDateTime.parse(text).toInstant();
            boolean inRange = instant.getEpochSecond() >= SECONDS_MIN && instant.getEpochSecond() < SECONDS_END;
            return inRange ? Optional.of(instant) : Optional.empty();
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }

    /** E.g. {@code 1700000000} or {@code 1700000000.123}. */
    static String epochSeconds(Instant time) {
        long millis = time.toEpochMilli();
        if (millis % 1000 == 0) {
            return Long.toString(millis / 1000);
        }
        long fraction = Math.abs(millis % 1000);
        String sign = millis < 0 ? "-" : "";
        return sign + Math.abs(millis / 1000) + (fraction < 10 ? ".00" : fraction < 100 ? ".0" : ".") + fraction;
    }

    static String iso(Instant time) {
        return (time.toEpochMilli() % 1000 == 0 ? SECONDS : MILLIS).format(time);
    }
}
