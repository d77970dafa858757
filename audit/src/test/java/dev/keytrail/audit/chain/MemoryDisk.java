package dev.keytrail.audit.chain;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.TreeMap;

/** A disk in memory that can fail at its n-th write: before the file is there, or after. */
final class MemoryDisk implements ChainDisk {
    final TreeMap<String, Bytes> files = new TreeMap<>();
    int writes;
    private int failAt = -1;
    private boolean landed;

    /** The write of that number, from now on, is reported failed; {@code landed} tells whether it happened. */
    void failAt(int write, boolean landed) {
        writes = 0;
        failAt = write;
        this.landed = landed;
    }

    @Override
    public Optional<Bytes> read(String path) {
        return Optional.ofNullable(files.get(path));
    }

    @Override
    public void write(String path, Bytes content) {
        boolean fails = writes++ == failAt;
        if (!fails || landed) {
            files.put(path, content);
        }
        if (fails) {
            throw new UncheckedIOException(new IOException("told to fail at " + path));
        }
    }

    @Override
    public void writeDurably(String path, Bytes content) {
        write(path, content);
    }

    @Override
    public Optional<Bytes> tile(int level, long number, int width) {
        int bytes = width * TreeHasher.HASH_BYTES;
        return read(TilePath.full(level, number))
                .filter(tile -> tile.size() >= bytes)
                .map(tile -> tile.slice(0, bytes));
    }

    @Override
    public void putTile(int level, long number, Bytes hashes) {
        String path = TilePath.full(level, number);
        byte[] tile = read(path)
                .filter(there -> there.size() > hashes.size())
                .map(Bytes::toArray)
                .orElseGet(() -> new byte[hashes.size()]);
        System.arraycopy(hashes.unsafeArray(), 0, tile, 0, hashes.size());
        write(path, Bytes.adopt(tile));
    }

    @Override
    public void syncTiles(int level, long first, long last) {
        assertThat(tile(level, last, 1)).isPresent();
    }
}
