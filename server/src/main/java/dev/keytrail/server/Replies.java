package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** Puts the headers on that every answer has. Thread-safe. */
final class Replies {
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private final InstantSource clock;
    private volatile Dated date = new Dated(-1, "");

    /** A formatted second, kept because thousands of answers share it. */
    private record Dated(long second, String text) {}

    Replies(InstantSource clock) {
        this.clock = clock;
    }

    HttpReply of(int status, String contentType, Bytes body, String requestId) {
        return HttpReply.of(
                status,
                List.of(
                        new HttpRequest.Header("x-amzn-RequestId", requestId),
                        new HttpRequest.Header("Content-Type", contentType),
                        new HttpRequest.Header("Date", date())),
                body);
    }

    /** SDKs correct their clock by it, so every answer carries it. */
    String date() {
        Instant now = clock.instant();
        Dated known = date;
        if (known.second != now.getEpochSecond()) {
            known = new Dated(now.getEpochSecond(), HTTP_DATE.format(now));
            date = known;
        }
        return known.text;
    }
}
