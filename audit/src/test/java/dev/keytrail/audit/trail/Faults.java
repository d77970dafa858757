package dev.keytrail.audit.trail;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Change;
import dev.keytrail.call.Ledger;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.call.State;
import dev.keytrail.testkit.ForwardingLedger;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** A ledger and a store at which each call may fail or be the process' last, before it has an effect or after. */
final class Faults {
    private Faults() {}

    /** The process dies here. */
    static final class Killed extends Error {
        private static final long serialVersionUID = 1L;

        Killed() {
            super("killed", null, false, false);
        }
    }

    /** What may go wrong at a call, before it has an effect or after. */
    enum Fault {
        NONE,
        FAIL_BEFORE,
        FAIL_AFTER,
        KILL_BEFORE,
        KILL_AFTER
    }

    static final class Chance {
        private final Random random;
        int perMille;

        Chance(long seed) {
            random = new Random(seed);
        }

        Fault next() {
            if (random.nextInt(1000) >= perMille) {
                return Fault.NONE;
            }
            return Fault.values()[1 + random.nextInt(4)];
        }
    }

    static final class FaultyLedger extends ForwardingLedger {
        private final Chance chance;

        FaultyLedger(Ledger real, Chance chance) {
            super(real);
            this.chance = chance;
        }

        @Override
        public long commit(State basis, List<Change<?>> changes, List<LedgerRecord> records) {
            Fault fault = chance.next();
            if (fault == Fault.FAIL_BEFORE) {
                throw new LedgerUnavailable("told to fail");
            }
            if (fault == Fault.KILL_BEFORE) {
                throw new Killed();
            }
            long index = real.commit(basis, changes, records);
            if (fault == Fault.FAIL_AFTER) {
                throw new LedgerUnavailable("landed, reported failed");
            }
            if (fault == Fault.KILL_AFTER) {
                throw new Killed();
            }
            return index;
        }
    }

    record FaultyStore(ObjectStore real, Chance chance) implements ObjectStore {
        @Override
        public Put putNew(NewObject object) {
            before();
            Put put = real.putNew(object);
            Fault fault = chance.next();
            if (fault == Fault.FAIL_BEFORE || fault == Fault.FAIL_AFTER) {
                throw new Failure("RequestTimeout", "landed, reported failed");
            }
            if (fault == Fault.KILL_BEFORE || fault == Fault.KILL_AFTER) {
                throw new Killed();
            }
            return put;
        }

        @Override
        public Optional<Bytes> read(String bucket, String key, int bytesMax) {
            before();
            return real.read(bucket, key, bytesMax);
        }

        @Override
        public Check check(Destination destination) {
            return real.check(destination);
        }

        private void before() {
            switch (chance.next()) {
                case NONE -> {}
                case FAIL_BEFORE, FAIL_AFTER -> throw new Failure("InternalError", "told to fail");
                case KILL_BEFORE, KILL_AFTER -> throw new Killed();
            }
        }
    }
}
