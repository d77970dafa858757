package dev.keytrail.store;

/**
 * The ledger on disk is not what was written: nothing may be built on it until someone has looked. Names the segment
 * file, the byte offset in it and the index of the first record that is in doubt.
 */
public final class LedgerDamaged extends RuntimeException {
    private static final long serialVersionUID = 1L;

    LedgerDamaged(String segment, long offset, long recordIndex, String what) {
        super("the ledger is damaged: segment " + segment + ", offset " + offset + ", record " + recordIndex + ": "
                + what);
    }
}
