package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads nodes of a tree whose edge is known to be right. A tile from disk is believed only if it hashes to its entry in
 * the tile above; a missing or damaged one is derived from the ledger again. For one proof, by one thread.
 */
final class TileReader implements MerkleTree.Nodes {
    private static final Logger LOG = LoggerFactory.getLogger(TileReader.class);

    private final Edge edge;
    private final ChainDisk disk;
    private final Ledger ledger;
    private final TreeHasher hasher;
    private final Map<String, Bytes> proven = new HashMap<>();

    TileReader(Edge edge, ChainDisk disk, Ledger ledger, TreeHasher hasher) {
        this.edge = edge;
        this.disk = disk;
        this.ledger = ledger;
        this.hasher = hasher;
    }

    @Override
    public Bytes node(int level, long index) {
        int height = level % Edge.TILE_HEIGHT;
        long first = index << height;
        Bytes tile = tile(level / Edge.TILE_HEIGHT, first / Edge.TILE_WIDTH);
        return hasher.subtree(tile, (int) (first % Edge.TILE_WIDTH), 1 << height);
    }

    private Bytes tile(int level, long number) {
        if (number == edge.number(level)) {
            return edge.partials().get(level);
        }
        String path = TilePath.full(level, number);
        Bytes known = proven.get(path);
        if (known != null) {
            return known;
        }
        Bytes expected = hasher.subtree(tile(level + 1, number / Edge.TILE_WIDTH), (int) (number % Edge.TILE_WIDTH), 1);
        Bytes tile = disk.tile(level, number, Edge.TILE_WIDTH)
                .filter(stored -> fits(stored, expected))
                .orElseGet(() -> {
                    LOG.warn("{} is missing or damaged: deriving it again", path);
                    return derive(level, number, expected);
                });
        proven.put(path, tile);
        return tile;
    }

    private boolean fits(Bytes tile, Bytes expected) {
        return tile.size() == Edge.TILE_BYTES
                && hasher.subtree(tile, 0, Edge.TILE_WIDTH).equals(expected);
    }

    private Bytes derive(int level, long number, Bytes expected) {
        Bytes derived = fromChildren(level, number)
                .filter(tile -> fits(tile, expected))
                .orElseGet(() -> fromLedger(level, number));
        if (!fits(derived, expected)) {
            long records = 1L << (Edge.TILE_HEIGHT * (level + 1));
            throw new ChainBroken("of records " + number * records + " to " + ((number + 1) * records - 1)
                    + " at least one is not what was signed; keytrail verify names it");
        }
        disk.putTile(level, number, derived);
        return derived;
    }

    /** The cheap way: the tiles below, whatever they hold. */
    private Optional<Bytes> fromChildren(int level, long number) {
        if (level == 0) {
            return Optional.empty();
        }
        byte[] tile = new byte[Edge.TILE_BYTES];
        for (int i = 0; i < Edge.TILE_WIDTH; i++) {
            Optional<Bytes> child = disk.tile(level - 1, number * Edge.TILE_WIDTH + i, Edge.TILE_WIDTH);
            if (child.isEmpty()) {
                return Optional.empty();
            }
            put(tile, i, hasher.subtree(child.get(), 0, Edge.TILE_WIDTH));
        }
        return Optional.of(Bytes.adopt(tile));
    }

    private Bytes fromLedger(int level, long number) {
        byte[] tile = new byte[Edge.TILE_BYTES];
        if (level == 0 && number * Edge.TILE_WIDTH < ledger.first()) {
            return disk.tile(0, number, Edge.TILE_WIDTH)
                    .orElseThrow(() -> new ChainBroken(TilePath.full(0, number) + " is missing, and its records were"
                            + " dropped: put the tile back from a backup"));
        }
        if (level > 0) {
            for (int i = 0; i < Edge.TILE_WIDTH; i++) {
                Bytes child = fromLedger(level - 1, number * Edge.TILE_WIDTH + i);
                put(tile, i, hasher.subtree(child, 0, Edge.TILE_WIDTH));
            }
            return Bytes.adopt(tile);
        }
        try (Ledger.Cursor cursor = ledger.records(number * Edge.TILE_WIDTH)) {
            for (int i = 0; i < Edge.TILE_WIDTH && cursor.next(); i++) {
                put(tile, i, LostRecord.leaf(hasher, cursor.json()));
            }
        }
        return Bytes.adopt(tile);
    }

    private static void put(byte[] tile, int at, Bytes hash) {
        System.arraycopy(hash.unsafeArray(), 0, tile, at * TreeHasher.HASH_BYTES, TreeHasher.HASH_BYTES);
    }
}
