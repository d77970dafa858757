package dev.keytrail.audit.chain;

import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/** A log's folder on a real disk. Files appear by renaming a finished draft. */
public final class FolderDisk implements ChainDisk {
    private static final String DRAFT = ".draft-";

    private final Path root;
    private final AtomicLong drafts = new AtomicLong();

    /** @param root made at the first write */
    public FolderDisk(Path root) {
        this.root = root;
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
                try (FileChannel folder = FileChannel.open(target.resolveSibling(""), StandardOpenOption.READ)) {
                    folder.force(true);
                }
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

    @Override
    public void deleteFolder(String path) {
        Path folder = root.resolve(path);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path file : files) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(folder);
        } catch (NoSuchFileException | NotDirectoryException _) {
            // Gone already.
            return;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
