package dev.keytrail.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The one directory of files in which a ledger is kept: all that the ledger asks of a disk, so that a test or a
 * simulator can lose, delay or fail any of it. Thread-safe; a single file is written by one thread at a time and read by
 * any. Bytes that were written are seen by every reader at once, and are durable only after {@link DiskFile#force()}.
 */
public interface Disk {
    /** The names of all files, in no particular order. */
    List<String> list() throws IOException;

    /** A new file of so many zero bytes; its name and its length are durable on return. Refuses an existing name. */
    DiskFile create(String name, long zeroBytes) throws IOException;

    DiskFile open(String name) throws IOException;

    void delete(String name) throws IOException;

    /** Bytes that could still be written. */
    long freeBytes() throws IOException;

    /** An open file. */
    interface DiskFile extends Closeable {
        /** Writes all remaining bytes at the offset, growing the file where needed. */
        void write(ByteBuffer bytes, long offset) throws IOException;

        /**
         * Makes everything written durable. After a failure nothing is known about what was written since the last
         * success, and a later success says nothing about it either.
         */
        void force() throws IOException;

        /** Reads at least one byte, or answers -1 at the end of the file. */
        int read(ByteBuffer into, long offset) throws IOException;

        long sizeBytes() throws IOException;
    }
}
