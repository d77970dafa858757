package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.util.Optional;

/**
 * The folder of one log: all that the log asks of a disk, so that a test can fail or lose any of it. Paths are relative,
 * with slashes. Thread-safe. Every method may throw {@link java.io.UncheckedIOException}.
 */
public interface ChainDisk {
    /** Empty when there is no such file. */
    Optional<Bytes> read(String path);

    /**
     * Puts the file there whole or not at all, in place of one of that name; missing folders are made. Not durable: what
     * is lost in a power cut can be derived again.
     */
    void write(String path, Bytes content);

    /** The same, and durable on return. */
    void writeDurably(String path, Bytes content);

    /**
     * The first hashes of a tile, as they were put or not: a crash may have left others, so nothing is believed of them
     * that a signed root does not say.
     *
     * @param width 1 to 256
     * @return empty when not so many were ever put
     */
    Optional<Bytes> tile(int level, long number, int width);

    /** Puts the first hashes of a tile there, 1 to 256 of them; those behind them stay. Not durable. */
    void putTile(int level, long number, Bytes hashes);

    /** Makes tiles durable that were put before. */
    void syncTiles(int level, long first, long last);
}
