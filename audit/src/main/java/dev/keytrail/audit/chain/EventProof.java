package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.List;
import java.util.Optional;

/** Makes the receipt of an event out of a log's public part: for those who have the event, whether the server still has it or not. */
public final class EventProof {
    private final ChainDisk log;
    private final TreeHasher hasher = new TreeHasher();

    /** @param log checkpoint and tiles, as they are read from elsewhere */
    public EventProof(ChainDisk log) {
        this.log = log;
    }

    /** Empty when the log's record of that index is another, or the log shows no checkpoint over it. */
    public Optional<Receipt> of(Bytes event, long index) {
        Optional<SignedNote> note = log.read(TilePath.CHECKPOINT).flatMap(file -> SignedNote.parse(file.utf8()));
        Optional<Checkpoint> checkpoint = note.flatMap(n -> Checkpoint.parse(n.text()));
        if (checkpoint.isEmpty() || index < 0 || index >= checkpoint.get().size()) {
            return Optional.empty();
        }
        Checkpoint signed = checkpoint.get();
        MerkleTree.Nodes nodes = (level, at) -> node(signed.size(), level, at);
        List<Bytes> proof = new MerkleTree(nodes, hasher).inclusion(index, signed.size());
        if (!MerkleProofs.included(hasher.leaf(event), index, signed.size(), proof, signed.root())) {
            return Optional.empty();
        }
        // Witnesses' keys are not at hand, and a receipt has no signature that its reader cannot check.
        SignedNote own = new SignedNote(
                note.get().text(),
                note.get().signatures().stream()
                        .filter(line -> line.name().equals(signed.origin()))
                        .toList());
        return Optional.of(new Receipt(event, index, proof, own.note(), List.of()));
    }

    private Bytes node(long size, int level, long index) {
        int height = level % Edge.TILE_HEIGHT;
        int tileLevel = level / Edge.TILE_HEIGHT;
        long first = index << height;
        long number = first / Edge.TILE_WIDTH;
        Bytes tile = log.tile(tileLevel, number, Edge.width(size, tileLevel, number))
                .orElseThrow(() -> new ChainBroken("the log has no " + TilePath.full(tileLevel, number)));
        return hasher.subtree(tile, (int) (first % Edge.TILE_WIDTH), 1 << height);
    }
}
