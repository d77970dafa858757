package dev.keytrail.server;

import java.util.concurrent.atomic.LongAdder;

/** What the gate counts for metrics. Thread-safe. */
final class Counters {
    private final LongAdder conflicts = new LongAdder();
    private final LongAdder defects = new LongAdder();
    private final LongAdder unrecorded = new LongAdder();

    void conflict() {
        conflicts.increment();
    }

    void defect() {
        defects.increment();
    }

    void unrecorded() {
        unrecorded.increment();
    }

    long conflicts() {
        return conflicts.sum();
    }

    long defects() {
        return defects.sum();
    }

    /** Calls refused because the ledger could not be written: the only answers without a record. */
    long unrecordedRefusals() {
        return unrecorded.sum();
    }
}
