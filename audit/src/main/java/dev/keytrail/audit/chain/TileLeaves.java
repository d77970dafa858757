package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.util.NavigableMap;
import java.util.Optional;

/**
 * The leaves of a log whose first records were dropped: their hashes as the log's tiles have them, then those of the
 * records that are there. That the tiles are right, the signed root must say. Hashes of tiles that are missing are zeros.
 */
public final class TileLeaves implements LeafSource {
    private final LeafSource rest;
    private final ChainDisk disk;
    private long at;

    public TileLeaves(LeafSource rest, ChainDisk disk) {
        this.rest = rest;
        this.disk = disk;
    }

    @Override
    public Optional<Block> next() throws IOException {
        if (at >= rest.first()) {
            return rest.next();
        }
        int width = (int) Math.min(Edge.TILE_WIDTH, rest.first() - at);
        byte[] hashes = new byte[width * TreeHasher.HASH_BYTES];
        Optional<Bytes> tile = disk.tile(0, at / Edge.TILE_WIDTH, Edge.TILE_WIDTH);
        tile.ifPresent(t -> System.arraycopy(t.unsafeArray(), 0, hashes, 0, hashes.length));
        Block block = new Block(at, hashes);
        at += width;
        return Optional.of(block);
    }

    @Override
    public long first() {
        return rest.first();
    }

    @Override
    public Optional<Bytes> base() {
        return rest.base();
    }

    @Override
    public NavigableMap<Long, Declaration> declarations() {
        return rest.declarations();
    }
}
