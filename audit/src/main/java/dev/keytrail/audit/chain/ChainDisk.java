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

    /** Removes a folder and the files in it; no error if it is not there. */
    void deleteFolder(String path);
}
