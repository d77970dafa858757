package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Ledger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** The leaves of a ledger; hashes on all cores. Close it. */
public final class LedgerLeaves implements LeafSource, AutoCloseable {
    private static final int BLOCK_RECORDS = 64 * Edge.TILE_WIDTH;

    private final Ledger.Cursor cursor;
    private final long first;
    private long at;

    public LedgerLeaves(Ledger ledger) {
        at = ledger.first();
        first = at;
        cursor = ledger.records(at);
    }

    @Override
    public Optional<Block> next() {
        List<Bytes> block = new ArrayList<>(BLOCK_RECORDS);
        while (block.size() < BLOCK_RECORDS && cursor.next()) {
            block.add(cursor.json());
        }
        if (block.isEmpty()) {
            return Optional.empty();
        }
        byte[] hashes = new byte[block.size() * TreeHasher.HASH_BYTES];
        int portions = (block.size() + Edge.TILE_WIDTH - 1) / Edge.TILE_WIDTH;
        IntStream.range(0, portions).parallel().forEach(portion -> {
            TreeHasher hasher = new TreeHasher();
            int to = Math.min((portion + 1) * Edge.TILE_WIDTH, block.size());
            for (int i = portion * Edge.TILE_WIDTH; i < to; i++) {
                byte[] entry = block.get(i).unsafeArray();
                hasher.leaf(entry, 0, entry.length, hashes, i * TreeHasher.HASH_BYTES);
            }
        });
        Block made = new Block(at, hashes);
        at += block.size();
        return Optional.of(made);
    }

    @Override
    public long first() {
        return first;
    }

    @Override
    public void close() {
        cursor.close();
    }
}
