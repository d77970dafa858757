package dev.keytrail.audit.chain;

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
    public void deleteFolder(String path) {
        boolean fails = writes++ == failAt;
        if (!fails || landed) {
            files.keySet().removeIf(file -> file.startsWith(path + "/"));
        }
        if (fails) {
            throw new UncheckedIOException(new IOException("told to fail at " + path));
        }
    }
}
