package dev.keytrail.server;

import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.RowCodec;
import dev.keytrail.call.State;
import dev.keytrail.call.Table;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Time that runs as usual and can be made to run ahead, for tests: a year of key life in a second. How far ahead it is lies
 * in the ledger, so that time does not go back over a restart or a crash. Thread-safe.
 *
 * <p>It goes ahead in strides of a day at most, and in each everything that is due is done, so that what happens every
 * ninety days happens four times in a year. Clients need not know: signatures are held against the real time.
 */
final class VirtualClock implements InstantSource {
    static final Table<Ahead> TABLE = new Table<>(
            "server.clock", RowCodec.of((ahead, out) -> out.version(1).instant(Instant.EPOCH.plus(ahead.by)), in -> {
                in.version(1);
                return new Ahead(Duration.between(Instant.EPOCH, in.instant()));
            }));

    /** How far the clock is ahead; written by its step alone. */
    private static final String NOW = "now";
    /** Up to where all that was due is done; written with it. */
    private static final String SETTLED = "settled";
    /** How far it is to be; written by AdvanceClock alone, which so never loses a race to the running clock. */
    private static final String WANTED = "wanted";

    /** All that it can ever be ahead; dates stay within four digits of a year. */
    static final Duration AHEAD_MAX = Duration.ofDays(365 * 100);

    private static final Duration STRIDE = Duration.ofDays(1);
    private static final Duration PAUSE = Duration.ofMillis(20);

    private final InstantSource wall;
    private final Ledger ledger;

    VirtualClock(InstantSource wall, Ledger ledger) {
        this.wall = wall;
        this.ledger = ledger;
    }

    /** A span by which the clock is ahead of real time. */
    record Ahead(Duration by) {
        private static final Ahead NONE = new Ahead(Duration.ZERO);
    }

    /** Whether virtual time was ever used on this ledger. */
    static boolean usedOn(Ledger ledger) {
        return ledger.read().get(TABLE, WANTED).isPresent();
    }

    static Duration wanted(State state) {
        return read(state, WANTED);
    }

    static Change<Ahead> want(Duration ahead) {
        return put(WANTED, ahead);
    }

    private static Duration read(State state, String row) {
        return state.get(TABLE, row).orElse(Ahead.NONE).by;
    }

    private static Change<Ahead> put(String row, Duration ahead) {
        return Change.put(TABLE, row, new Ahead(ahead));
    }

    /** The time up to which all that was due is done. */
    Instant settled() {
        return wall.instant().plus(read(ledger.read(), SETTLED));
    }

    @Override
    public Instant instant() {
        return wall.instant().plus(read(ledger.read(), NOW));
    }

    /** What clients' clocks show. */
    Instant real() {
        return wall.instant();
    }

    /**
     * Goes ahead as far as is wanted.
     *
     * @param work what is done after each stride
     * @return how long to wait before the next step
     */
    Duration step(List<Runnable> work) {
        while (true) {
            State state = ledger.read();
            Duration now = read(state, NOW);
            Duration wanted = wanted(state);
            if (read(state, SETTLED).compareTo(now) < 0) {
                work.forEach(Runnable::run);
            } else if (now.equals(wanted)) {
                return PAUSE;
            }
            Duration left = wanted.minus(now);
            Duration next = now.plus(left.compareTo(STRIDE) < 0 ? left : STRIDE);
            try {
                ledger.commit(state, List.of(put(NOW, next), put(SETTLED, now)), List.of());
            } catch (Ledger.Conflict _) {
                // More is wanted meanwhile.
            }
        }
    }
}
