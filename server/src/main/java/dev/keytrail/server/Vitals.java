package dev.keytrail.server;

import dev.keytrail.audit.Audit;
import dev.keytrail.audit.chain.Chain;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.kms.key.KeyPairs;
import dev.keytrail.store.Store;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.IntSupplier;

/**
 * What there is to look at while a server comes up, is sealed, answers and goes: filled in by whoever makes it, read by
 * metrics and health. Thread-safe; a reader sees what is there at the moment.
 */
final class Vitals {
    /** How far the server is. */
    enum Phase {
        STARTING,
        SEALED,
        OPEN,
        STOPPING
    }

    /** What an open house shows of itself. */
    record Inside(
            IntSupplier callsInFlight,
            Audit audit,
            KeyPairs pairs,
            Optional<Chain> chain,
            Optional<Witnesses> witnesses) {}

    /**
     * What is there before the house, and while the server is sealed.
     *
     * @param storeFolder empty for a store that keeps nothing
     */
    record Ground(Store store, Optional<Path> storeFolder, Custodian custodian) {}

    private final Counters counters = new Counters();
    private final long diskLowBytes;
    private volatile Phase phase = Phase.STARTING;
    private volatile Optional<Ground> ground = Optional.empty();
    private volatile Optional<Inside> inside = Optional.empty();

    /** @param diskLowBytes with less room than this the disk is low */
    Vitals(long diskLowBytes) {
        this.diskLowBytes = diskLowBytes;
    }

    Counters counters() {
        return counters;
    }

    long diskLowBytes() {
        return diskLowBytes;
    }

    Phase phase() {
        return phase;
    }

    Optional<Ground> ground() {
        return ground;
    }

    Optional<Inside> inside() {
        return inside;
    }

    void stands(Ground on) {
        ground = Optional.of(on);
    }

    void isSealed() {
        phase = Phase.SEALED;
    }

    void opens(Inside house) {
        inside = Optional.of(house);
    }

    void answers() {
        phase = Phase.OPEN;
    }

    void stops() {
        phase = Phase.STOPPING;
    }
}
