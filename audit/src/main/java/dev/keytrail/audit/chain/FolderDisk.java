package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A log's folder on a real disk. Files appear by renaming a finished draft.
 *
 * <p>Tiles are not files of their own: the hashes of a level lie one behind the other, {@value #TILES_A_FILE} tiles a file,
 * so that a tile is a place in it and its partial forms are how far it is filled. With a file for each tile and each
 * partial form, finding free inodes cost the log more than hashing: ext4 passes over all that were deleted in the last
 * minutes.
 */
public final class FolderDisk implements ChainDisk {
    private static final String DRAFT = ".draft-";
    private static final String HASHES = "hashes";

    /** 2 MiB. */
    private static final int TILES_A_FILE = 256;

    private final Path root;
    private final AtomicLong drafts = new AtomicLong();

    /** @param root made at the first write */
    public FolderDisk(Path root) {
        this.root = root;
    }

    /** Whether a file of this name, below the folder, is none of the log's: a draft, of this process or left by one that died. */
    public static boolean isDraft(String path) {
        return path.startsWith(DRAFT);
    }

    @Override
    public Optional<Bytes> read(String path) {
        try {
            return Optional.of(Bytes.adopt(Files.readAllBytes(root.resolve(path))));
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void write(String path, Bytes content) {
        put(path, content, false);
    }

    @Override
    public void writeDurably(String path, Bytes content) {
        put(path, content, true);
    }

    @Override
    public Optional<Bytes> tile(int level, long number, int width) {
        ByteBuffer hashes = ByteBuffer.allocate(width * TreeHasher.HASH_BYTES);
        long from = number % TILES_A_FILE * Edge.TILE_BYTES;
        try (FileChannel file = FileChannel.open(fileOf(level, number), StandardOpenOption.READ)) {
            boolean ended = false;
            while (hashes.hasRemaining() && !ended) {
                ended = file.read(hashes, from + hashes.position()) < 0;
            }
        } catch (NoSuchFileException _) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return hashes.hasRemaining() ? Optional.empty() : Optional.of(Bytes.adopt(hashes.array()));
    }

    @Override
    public void putTile(int level, long number, Bytes hashes) {
        try (FileChannel file = openToWrite(fileOf(level, number))) {
            ByteBuffer rest = ByteBuffer.wrap(hashes.unsafeArray()).asReadOnlyBuffer();
            long from = number % TILES_A_FILE * Edge.TILE_BYTES;
            while (rest.hasRemaining()) {
                file.write(rest, from + rest.position());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FileChannel openToWrite(Path file) throws IOException {
        try {
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        } catch (NoSuchFileException _) {
            Files.createDirectories(file.resolveSibling(""));
            return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        }
    }

    @Override
    public void syncTiles(int level, long first, long last) {
        try {
            for (long number = first; number <= last; number += TILES_A_FILE - number % TILES_A_FILE) {
                try (FileChannel file = FileChannel.open(fileOf(level, number), StandardOpenOption.WRITE)) {
                    file.force(true);
                }
            }
            for (String folder : List.of(HASHES + "/" + level, HASHES, "")) {
                sync(root.resolve(folder));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path fileOf(int level, long number) {
        return root.resolve(HASHES + "/" + level + "/" + number / TILES_A_FILE);
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private void put(String path, Bytes content, boolean durably) {
        Path target = root.resolve(path);
        // The draft's name is free of the target's, so that two writers of one tile do not meet in it.
        Path draft = root.resolve(DRAFT + drafts.incrementAndGet());
        try {
            Files.createDirectories(target.resolveSibling(""));
            try (FileChannel channel = FileChannel.open(
                    draft, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
                ByteBuffer rest = ByteBuffer.wrap(content.unsafeArray()).asReadOnlyBuffer();
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                if (durably) {
                    channel.force(true);
                }
            }
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            if (durably) {
                sync(target.resolveSibling(""));
            }
        } catch (IOException e) {
            discard(draft, e);
            throw new UncheckedIOException(e);
        }
    }

    /** A full disk must not fill up further with what could not be written. */
    private static void discard(Path draft, IOException cause) {
        try {
            Files.deleteIfExists(draft);
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
    }
}
