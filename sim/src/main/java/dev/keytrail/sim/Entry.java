package dev.keytrail.sim;

import dev.keytrail.call.LedgerRecord;
import java.util.Map;

/** A ledger record at its place, read. */
record Entry(long index, LedgerRecord record, Map<String, Object> json) {
    static Entry of(long index, LedgerRecord record) {
        return new Entry(index, record, Json.object(record.json().toArray()));
    }

    String text(String... path) {
        return Json.text(json, path);
    }

    /** By whose call it is here; the simulator names every call in its User-Agent. */
    String agent() {
        return text("userAgent");
    }

    /** Empty text for none. */
    String errorCode() {
        return text("errorCode");
    }

    boolean isManagement() {
        return record.category() == LedgerRecord.Category.MANAGEMENT;
    }

    boolean sameAs(Entry other) {
        return index == other.index && record.equals(other.record);
    }

    @Override
    public String toString() {
        return "#" + index + " " + record.account() + " " + record.eventName() + " " + agent()
                + (errorCode().isEmpty() ? "" : " " + errorCode());
    }
}
