package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The right edge of a tree at one size: the last, not yet full tile of each level. It determines the root, and is all
 * that is needed to go on.
 *
 * @param partials by level; each 0 to 255 hashes
 */
record Edge(long size, List<Bytes> partials) {
    static final int TILE_HEIGHT = 8;
    static final int TILE_WIDTH = 1 << TILE_HEIGHT;
    static final int TILE_BYTES = TILE_WIDTH * TreeHasher.HASH_BYTES;

    static final Edge EMPTY = new Edge(0, List.of());

    Edge {
        partials = List.copyOf(partials);
    }

    /** Hashes of a level in a tree of {@code size} leaves. */
    static long entries(long size, int level) {
        return size >> (TILE_HEIGHT * level);
    }

    /** As tiles on disk tell it, not checked against anything; empty when one of them is missing or too short. */
    static Optional<Edge> read(ChainDisk disk, long size) {
        List<Bytes> partials = new ArrayList<>();
        for (int level = 0; entries(size, level) > 0; level++) {
            long entries = entries(size, level);
            int width = (int) (entries % TILE_WIDTH);
            Optional<Bytes> stored =
                    width == 0 ? Optional.of(Bytes.EMPTY) : disk.tile(level, entries / TILE_WIDTH, width);
            if (stored.isEmpty()) {
                return Optional.empty();
            }
            partials.add(stored.get());
        }
        return Optional.of(new Edge(size, partials));
    }

    /** How many hashes a tile has in a tree of {@code size} leaves: 0 to 256. */
    static int width(long size, int level, long number) {
        return (int) Math.clamp(entries(size, level) - number * TILE_WIDTH, 0, TILE_WIDTH);
    }

    int width(int level) {
        return level < partials.size() ? partials.get(level).size() / TreeHasher.HASH_BYTES : 0;
    }

    /** The number of the tile that the edge holds of a level. */
    long number(int level) {
        return entries(size, level) / TILE_WIDTH;
    }

    Bytes root(TreeHasher hasher) {
        // Every node that a root is made of lies in the edge.
        MerkleTree.Nodes nodes = (level, index) -> {
            int tileLevel = level / TILE_HEIGHT;
            int height = level % TILE_HEIGHT;
            long first = index << height;
            return hasher.subtree(partials.get(tileLevel), (int) (first % TILE_WIDTH), 1 << height);
        };
        return new MerkleTree(nodes, hasher).root(size);
    }
}
