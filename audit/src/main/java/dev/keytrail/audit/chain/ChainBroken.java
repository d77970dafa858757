package dev.keytrail.audit.chain;

/** The ledger is not what was signed, or the signature is not ours: nothing may be signed on top of that. */
public final class ChainBroken extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChainBroken(String what) {
        super(what);
    }
}
