package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.ArrayList;
import java.util.List;

/** A growing tree as a compact range: takes leaf hashes, gives away each tile as it becomes full. Not thread-safe. */
final class Frontier {
    private final TreeHasher hasher;
    private final FullTiles full;
    private final List<byte[]> levels = new ArrayList<>();
    private long size;

    /** Takes tiles that are full. If it throws, the frontier is spoilt and must be made anew. */
    interface FullTiles {
        void take(int level, long number, Bytes tile);
    }

    Frontier(Edge start, TreeHasher hasher, FullTiles full) {
        this.hasher = hasher;
        this.full = full;
        this.size = start.size();
        for (int level = 0; level < start.partials().size(); level++) {
            byte[] row = row(level);
            byte[] known = start.partials().get(level).unsafeArray();
            System.arraycopy(known, 0, row, 0, known.length);
        }
    }

    long size() {
        return size;
    }

    void append(Bytes leafHash) {
        append(leafHash.unsafeArray(), 0);
    }

    /** The leaf hash that lies at an offset. */
    void append(byte[] hashes, int offset) {
        byte[] hash = hashes;
        int from = offset;
        for (int level = 0; ; level++) {
            byte[] row = row(level);
            long entry = Edge.entries(size, level);
            int at = (int) (entry % Edge.TILE_WIDTH);
            System.arraycopy(hash, from, row, at * TreeHasher.HASH_BYTES, TreeHasher.HASH_BYTES);
            if (at < Edge.TILE_WIDTH - 1) {
                break;
            }
            Bytes tile = Bytes.copyOf(row);
            full.take(level, entry / Edge.TILE_WIDTH, tile);
            hash = hasher.subtree(tile, 0, Edge.TILE_WIDTH).unsafeArray();
            from = 0;
        }
        size++;
    }

    Edge edge() {
        List<Bytes> partials = new ArrayList<>();
        for (int level = 0; Edge.entries(size, level) > 0; level++) {
            int width = (int) (Edge.entries(size, level) % Edge.TILE_WIDTH);
            partials.add(Bytes.copyOf(java.util.Arrays.copyOf(row(level), width * TreeHasher.HASH_BYTES)));
        }
        return new Edge(size, partials);
    }

    private byte[] row(int level) {
        while (levels.size() <= level) {
            levels.add(new byte[Edge.TILE_BYTES]);
        }
        return levels.get(level);
    }
}
