package dev.keytrail.store;

import com.sun.nio.file.ExtendedOpenOption;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A directory of the file system; the directory is 0700, its files are 0600. */
final class FileDisk implements Disk {
    private static final Logger LOG = LoggerFactory.getLogger(FileDisk.class);
    private static final int FILL_BYTES = 1 << 20;
    /** What direct writes align to; a multiple of every block size in use. */
    private static final int PAGE_BYTES = LogWriter.PAGE_BYTES;

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
        Path path = directory.resolve(name);
        Set<StandardOpenOption> options =
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
        OpenFile file = new OpenFile(openChannel(path, options));
        try {
            fill(path, file, zeroBytes);
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

    /** Really written rather than sparse: a sync of allocated bytes has no metadata to write. */
    private static void fill(Path path, OpenFile file, long zeroBytes) throws IOException {
        if (zeroBytes == 0) {
            return;
        }
        ByteBuffer zeros = ByteBuffer.allocateDirect(FILL_BYTES + PAGE_BYTES).alignedSlice(PAGE_BYTES);
        long filled = fillPastTheCache(path, zeros, zeroBytes - zeroBytes % PAGE_BYTES);
        for (long at = filled; at < zeroBytes; at += zeros.limit()) {
            zeros.clear().limit((int) Math.min(FILL_BYTES, zeroBytes - at));
            file.write(zeros, at);
            // Piece by piece: one sync of the whole would keep the disk from the committer for tens of milliseconds.
            file.channel.force(false);
        }
    }

    /**
     * Copying zeros into the page cache costs a fifteenth of a busy server's CPU, so they go to the disk directly where
     * the file system can do that. Returns how many were written; the rest goes the ordinary way.
     */
    private static long fillPastTheCache(Path path, ByteBuffer zeros, long zeroBytes) {
        long at = 0;
        try (FileChannel direct = FileChannel.open(path, Set.of(StandardOpenOption.WRITE, ExtendedOpenOption.DIRECT))) {
            while (at < zeroBytes) {
                zeros.clear().limit((int) Math.min(FILL_BYTES, zeroBytes - at));
                int written = direct.write(zeros, at);
                if (written % PAGE_BYTES != 0) {
                    break;
                }
                at += written;
            }
        } catch (IOException | UnsupportedOperationException e) {
            // Also when the disk is full: then the ordinary way says so.
            LOG.debug("zeros go through the page cache: {}", e.getMessage());
        }
        return at;
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

    /** A file that is only read: writing and forcing it are defects. */
    static DiskFile readOnly(Path file) throws IOException {
        return new OpenFile(FileChannel.open(file, StandardOpenOption.READ));
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
