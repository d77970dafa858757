package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.RowWriter;
import dev.keytrail.call.Service;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A stretch of the ledger under one setting of a trail, from the call that made the setting to the next such call. The
 * handler that writes it cannot know the index its own record will get, so the epoch names the call's request id, and
 * delivery finds the exact place when it comes by.
 *
 * @param cause the call
 * @param requestId of the call; the house draws it, so no client can forge it
 * @param recordedIn account that the call's record is in; empty for the trail's own
 * @param notBefore a ledger index that the call's record is certainly not before
 * @param logging whether events are delivered in this stretch
 */
record Epoch(Cause cause, String requestId, String recordedIn, long notBefore, boolean logging, Scope scope) {
    static final RowCodec<Epoch> CODEC = RowCodec.of(Epoch::write, Epoch::read);

    /** Trails are changed by CloudTrail's operations, and by changes of the organisation, which are administration. */
    private static final Set<String> MARKING = Set.of(Service.CLOUDTRAIL.eventSource(), Service.KEYTRAIL.eventSource());

    /** The call that begins an epoch. */
    enum Cause {
        /** The new epoch begins with the call's own record. */
        START,
        /** The old epoch ends with the call's own record; so for all below. */
        STOP,
        CHANGE,
        /** Nothing follows. */
        DELETE
    }

    /** Whether this record is that of the call, which succeeded, for else there would be no epoch. */
    boolean isMarkedBy(LedgerRecord record, String account) {
        return !record.readOnly()
                && record.account().equals(recordedIn.isEmpty() ? account : recordedIn)
                && MARKING.contains(record.eventSource())
                && contains(record.json(), "\"requestID\":\"" + requestId + "\"");
    }

    /** Quotes inside JSON strings are escaped, so the text can stand nowhere but as the member itself. */
    private static boolean contains(Bytes json, String ascii) {
        byte[] text = json.unsafeArray();
        byte[] wanted = ascii.getBytes(StandardCharsets.US_ASCII);
        for (int at = 0; at <= text.length - wanted.length; at++) {
            int same = 0;
            while (same < wanted.length && text[at + same] == wanted[same]) {
                same++;
            }
            if (same == wanted.length) {
                return true;
            }
        }
        return false;
    }

    private static void write(Epoch epoch, RowWriter out) {
        out.version(4).text(epoch.cause.name()).text(epoch.requestId).number(epoch.notBefore);
        out.flag(epoch.logging);
        epoch.scope.write(out);
        out.text(epoch.recordedIn);
    }

    private static Epoch read(RowReader in) {
        int version = in.version(4);
        Cause cause = Cause.valueOf(in.text());
        String requestId = in.text();
        long notBefore = in.number();
        boolean logging = in.flag();
        Scope scope = Scope.read(in, version);
        return new Epoch(cause, requestId, version > 3 ? in.text() : "", notBefore, logging, scope);
    }
}
