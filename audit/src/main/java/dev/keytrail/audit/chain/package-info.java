/**
 * The proof over the ledger: every record is a leaf of one append-only Merkle tree, in ledger order.
 *
 * <p>Nouns. A <em>leaf</em> is the exact JSON of a record, hashed as RFC 6962 section 2.1 says. <em>Tiles</em> keep the
 * hashes on disk (C2SP tlog-tiles). A <em>checkpoint</em> is origin, size and root, signed as a C2SP signed note. A
 * <em>receipt</em> is one event with its inclusion proof and a checkpoint: whoever has the log's verifier key needs
 * nothing else.
 *
 * <p>Invariants. The ledger is the truth; all tiles can be derived from it and are believed only where the signed root
 * vouches for them. A checkpoint is signed only when it extends the one before, and is durable before anybody sees it.
 * Hashing goes behind the ledger and costs a call nothing.
 *
 * <p>Start at {@link dev.keytrail.audit.chain.Chain}; those who verify start at
 * {@link dev.keytrail.audit.chain.ReceiptVerifier} and {@link dev.keytrail.audit.chain.LogVerifier}.
 */
@NullMarked
package dev.keytrail.audit.chain;

import org.jspecify.annotations.NullMarked;
