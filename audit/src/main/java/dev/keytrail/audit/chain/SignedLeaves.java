package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/**
 * The leaf hashes that a log's checkpoint vouches for, out of its folder alone: tiles that lead to the signed root. For one
 * thread.
 */
public final class SignedLeaves {
    private final ChainDisk disk;
    private final Checkpoint checkpoint;
    private Bytes tile = Bytes.EMPTY;
    private long tileNumber = -1;

    private SignedLeaves(ChainDisk disk, Checkpoint checkpoint) {
        this.disk = disk;
        this.checkpoint = checkpoint;
    }

    /** Empty when there is no checkpoint signed by the keys, or the tiles do not lead to its root. */
    public static Optional<SignedLeaves> read(ChainDisk disk, VerifierKeys keys) {
        Optional<SignedLeaves> leaves = disk.read(TilePath.CHECKPOINT)
                .flatMap(file -> SignedNote.parse(file.utf8()))
                .flatMap(note -> note.checkpoint(keys))
                .map(checkpoint -> new SignedLeaves(disk, checkpoint));
        return leaves.filter(SignedLeaves::leadToTheRoot);
    }

    public long size() {
        return checkpoint.size();
    }

    public Bytes hash(long index) {
        long number = index / Edge.TILE_WIDTH;
        if (number != tileNumber) {
            tile = tile(number).orElseThrow(() -> new ChainBroken("a tile went away while it was read"));
            tileNumber = number;
        }
        int at = (int) (index % Edge.TILE_WIDTH) * TreeHasher.HASH_BYTES;
        return tile.slice(at, at + TreeHasher.HASH_BYTES);
    }

    /** Whether the event, or what stands for it, is the record that was signed at that index. */
    public boolean isLeaf(long index, Bytes json) {
        return LostRecord.leaf(new TreeHasher(), json).equals(hash(index));
    }

    private Optional<Bytes> tile(long number) {
        return disk.tile(0, number, Edge.width(checkpoint.size(), 0, number));
    }

    private boolean leadToTheRoot() {
        TreeHasher hasher = new TreeHasher();
        Frontier tree = new Frontier(Edge.EMPTY, hasher, (_, _, _) -> {});
        while (tree.size() < checkpoint.size()) {
            Optional<Bytes> hashes = tile(tree.size() / Edge.TILE_WIDTH);
            if (hashes.isEmpty()) {
                return false;
            }
            for (int at = 0; at < hashes.get().size(); at += TreeHasher.HASH_BYTES) {
                tree.append(hashes.get().unsafeArray(), at);
            }
        }
        return tree.edge().root(hasher).equals(checkpoint.root());
    }
}
