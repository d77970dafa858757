package dev.keytrail.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** A directory of the file system; the directory is 0700, its files are 0600. */
final class FileDisk implements Disk {
    private static final int FILL_BYTES = 1 << 20;
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

    private final Path directory;

    private FileDisk(Path directory) {
        this.directory = directory;
    }

    static FileDisk at(Path directory) throws IOException {
        createDirectory(directory);
        return new FileDisk(directory);
    }

    /** Makes the directory and its parents where they are missing, for the owner alone. */
    static void createDirectory(Path directory) throws IOException {
        Files.createDirectories(directory, OWNER_DIRECTORY);
    }

    static FileChannel openChannel(Path file, Set<? extends OpenOption> options) throws IOException {
        return FileChannel.open(file, options, OWNER_FILE);
    }

    @Override
    public List<String> list() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    @Override
    public DiskFile create(String name, long zeroBytes) throws IOException {
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        OpenFile file = new OpenFile(openChannel(directory.resolve(name), options));
        try {
            // Really written rather than sparse: a sync of allocated bytes has no metadata to write. Synced piece by
            // piece: one sync of the whole would keep the disk from the committer for tens of milliseconds.
            ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(FILL_BYTES, Math.max(zeroBytes, 1)));
            for (long at = 0; at < zeroBytes; at += zeros.limit()) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), zeroBytes - at));
                file.write(zeros, at);
                file.channel.force(false);
            }
            file.channel.force(true);
            try (FileChannel entry = FileChannel.open(directory, StandardOpenOption.READ)) {
                entry.force(true);
            }
            return file;
        } catch (IOException | RuntimeException failed) {
            file.close();
            throw failed;
        }
    }

    @Override
    public DiskFile open(String name) throws IOException {
        return new OpenFile(
                FileChannel.open(directory.resolve(name), StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    @Override
    public void delete(String name) throws IOException {
        Files.deleteIfExists(directory.resolve(name));
    }

    @Override
    public long freeBytes() throws IOException {
        return Files.getFileStore(directory).getUsableSpace();
    }

    private record OpenFile(FileChannel channel) implements DiskFile {
        @Override
        public void write(ByteBuffer bytes, long offset) throws IOException {
            long at = offset;
            while (bytes.hasRemaining()) {
                at += channel.write(bytes, at);
            }
        }

        @Override
        public void force() throws IOException {
            channel.force(false);
        }

        @Override
        public int read(ByteBuffer into, long offset) throws IOException {
            return channel.read(into, offset);
        }

        @Override
        public long sizeBytes() throws IOException {
            return channel.size();
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
