package dev.keytrail.store;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * The ledger's files as far as they were durable at one moment: what a backup takes. The bytes named do not change any more,
 * so they can be copied while the ledger grows. Files with exactly these bytes are a whole ledger. None of them is dropped
 * before this is closed.
 *
 * @param end index of the record that would be next
 */
public record LedgerFiles(long end, List<Part> parts, Copying copying) implements AutoCloseable {
    private static final int COPY_BYTES = 1 << 20;

    public LedgerFiles {
        parts = List.copyOf(parts);
    }

    /** The first so many bytes of a file in the ledger's folder. */
    public record Part(String name, long bytes) {}

    /** Opens files of the disk that the ledger is on. */
    @FunctionalInterface
    interface Opening {
        Disk.DiskFile open(String name) throws IOException;
    }

    /** How parts are read; made by the store. */
    public static final class Copying {
        private final Opening opening;
        private final Runnable release;

        Copying(Opening opening, Runnable release) {
            this.opening = opening;
            this.release = release;
        }
    }

    @Override
    public void close() {
        copying.release.run();
    }

    /** Writes the part's bytes out, and closes nothing. */
    public void copy(Part part, OutputStream out) throws IOException {
        try (Disk.DiskFile file = copying.opening.open(part.name())) {
            ByteBuffer chunk = ByteBuffer.allocate(COPY_BYTES);
            long at = 0;
            while (at < part.bytes()) {
                chunk.clear().limit((int) Math.min(COPY_BYTES, part.bytes() - at));
                int read = file.read(chunk, at);
                if (read <= 0) {
                    throw new IOException("ledger file " + part.name() + " ends at " + at + " of " + part.bytes());
                }
                out.write(chunk.array(), 0, read);
                at += read;
            }
        }
    }
}
