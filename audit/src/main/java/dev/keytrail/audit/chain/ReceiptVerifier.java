package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks receipts with nothing but the log's verifier keys: no server, no clock, no network. Every signature line must be
 * one of a known key, so that not a bit of a receipt can change unseen: keys given, and those that the receipt itself says
 * are its witnesses'. The latter vouch for nothing.
 */
public final class ReceiptVerifier {
    private final VerifierKeys log;
    private final List<VerifierKeys> witnesses;
    private final int quorum;

    /**
     * @param witnesses those that the verifier trusts
     * @param quorum how many of them must have cosigned
     */
    public ReceiptVerifier(VerifierKeys log, List<VerifierKeys> witnesses, int quorum) {
        this.log = log;
        this.witnesses = List.copyOf(witnesses);
        this.quorum = quorum;
    }

    /** What came of it. */
    public sealed interface Verdict {
        /**
         * The log of those keys had this event at this index when it signed the checkpoint.
         *
         * @param witnesses of those that were given, the names of the ones that have cosigned
         */
        record Proven(Bytes event, long index, Checkpoint checkpoint, List<String> witnesses) implements Verdict {
            public Proven {
                witnesses = List.copyOf(witnesses);
            }
        }

        record Rejected(String reason) implements Verdict {}
    }

    /** Without witnesses. */
    public static Verdict verify(Bytes file, VerifierKeys log) {
        return new ReceiptVerifier(log, List.of(), 0).verify(file);
    }

    public Verdict verify(Bytes file) {
        Optional<Receipt> parsed = Receipt.parse(file);
        if (parsed.isEmpty()) {
            return new Verdict.Rejected("this is not a receipt, or not spelled as receipts are");
        }
        Receipt receipt = parsed.get();
        Optional<SignedNote> note = SignedNote.parse(receipt.checkpoint());
        if (note.isEmpty() || !note.get().note().equals(receipt.checkpoint())) {
            return new Verdict.Rejected("its checkpoint is not a signed note");
        }
        Optional<Checkpoint> checkpoint = note.get().checkpoint(log);
        if (checkpoint.isEmpty()) {
            return new Verdict.Rejected("its checkpoint is not signed by " + log.name());
        }
        Optional<String> stray = stray(note.get(), receipt.witnesses());
        if (stray.isPresent()) {
            return new Verdict.Rejected("its checkpoint has a signature line of '" + stray.get()
                    + "' that no given key and no witness' key of the receipt has made");
        }
        Checkpoint signed = checkpoint.get();
        Bytes leaf = new TreeHasher().leaf(receipt.event());
        if (!MerkleProofs.included(leaf, receipt.index(), signed.size(), receipt.proof(), signed.root())) {
            return new Verdict.Rejected("event, index and proof do not lead to the signed root");
        }
        List<String> cosigned = witnesses.stream()
                .filter(note.get()::signedBy)
                .map(VerifierKeys::name)
                .toList();
        if (cosigned.size() < quorum) {
            return new Verdict.Rejected("cosigned by " + cosigned.size() + " of the given witnesses, not by " + quorum);
        }
        return new Verdict.Proven(receipt.event(), receipt.index(), signed, cosigned);
    }

    /** The name on the first line that proves nothing, or on a witness' key of the receipt that has signed nothing. */
    private Optional<String> stray(SignedNote note, List<VerifierKey> named) {
        List<VerifierKey> known = new ArrayList<>(log.keys());
        witnesses.forEach(witness -> known.addAll(witness.keys()));
        known.addAll(named);
        for (SignedNote.Signature line : note.signatures()) {
            if (known.stream().noneMatch(key -> line.isOf(key) && line.verifies(key, note.text()))) {
                return Optional.of(line.name());
            }
        }
        return named.stream()
                .filter(key -> !note.signedBy(key))
                .map(VerifierKey::name)
                .findFirst();
    }
}
