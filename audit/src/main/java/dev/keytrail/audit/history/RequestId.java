package dev.keytrail.audit.history;

import dev.keytrail.call.LedgerRecord;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Finds the request id in a record's JSON without reading the rest. It stands right before the event id, which no client
 * can foresee: so nothing that a client has written can be taken for it.
 */
final class RequestId {
    private static final byte[] BEFORE = "\"requestID\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BETWEEN = "\",\"eventID\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final int ID_BYTES = 36;

    private RequestId() {}

    /** Empty for what no request has caused. */
    static Optional<String> of(LedgerRecord record) {
        byte[] json = record.json().unsafeArray();
        byte[] eventId = record.eventId().getBytes(StandardCharsets.UTF_8);
        if (eventId.length == 0) {
            return Optional.empty();
        }
        for (int at = json.length - eventId.length; at >= BEFORE.length + ID_BYTES + BETWEEN.length; at--) {
            if (json[at] == eventId[0] && standsAt(json, at, eventId) && standsAt(json, at - BETWEEN.length, BETWEEN)) {
                int from = at - BETWEEN.length - ID_BYTES;
                return standsAt(json, from - BEFORE.length, BEFORE)
                        ? Optional.of(new String(json, from, ID_BYTES, StandardCharsets.US_ASCII))
                        : Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static boolean standsAt(byte[] json, int at, byte[] text) {
        return Arrays.equals(json, at, at + text.length, text, 0, text.length);
    }
}
