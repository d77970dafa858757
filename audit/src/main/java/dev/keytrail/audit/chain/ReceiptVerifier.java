package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/** Checks receipts with nothing but the log's verifier key: no server, no clock, no network. */
public final class ReceiptVerifier {
    private ReceiptVerifier() {}

    /** What came of it. */
    public sealed interface Verdict {
        /** The log of that key had this event at this index when it signed the checkpoint. */
        record Proven(Bytes event, long index, Checkpoint checkpoint) implements Verdict {}

        record Rejected(String reason) implements Verdict {}
    }

    public static Verdict verify(Bytes file, VerifierKey key) {
        Optional<Receipt> parsed = Receipt.parse(file);
        if (parsed.isEmpty()) {
            return new Verdict.Rejected("this is not a receipt, or not spelled as receipts are");
        }
        Receipt receipt = parsed.get();
        Optional<SignedNote> note = SignedNote.parse(receipt.checkpoint());
        if (note.isEmpty() || !note.get().note().equals(receipt.checkpoint())) {
            return new Verdict.Rejected("its checkpoint is not a signed note");
        }
        Optional<Checkpoint> checkpoint = note.get().checkpoint(key);
        if (checkpoint.isEmpty()) {
            return new Verdict.Rejected("its checkpoint is not signed by " + key.name());
        }
        Checkpoint signed = checkpoint.get();
        Bytes leaf = new TreeHasher().leaf(receipt.event());
        if (!MerkleProofs.included(leaf, receipt.index(), signed.size(), receipt.proof(), signed.root())) {
            return new Verdict.Rejected("event, index and proof do not lead to the signed root");
        }
        return new Verdict.Proven(receipt.event(), receipt.index(), signed);
    }
}
