package dev.keytrail.server;

import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.RowWriter;
import dev.keytrail.crypto.SealedStream;
import dev.keytrail.kms.key.Canaries;
import dev.keytrail.store.LedgerFiles;
import dev.keytrail.store.Store;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Writes a running server's data as one stream. Order makes it consistent: the log's folder first, so that its checkpoint is
 * not ahead of the ledger; then the moment of the ledger; then links to all objects, so that what the ledger names stays
 * there however long copying takes; then canaries.
 *
 * <p>Inside the sealed stream: entries of a path (length as two bytes, UTF-8), a length (8 bytes) and content; an empty path
 * ends them. Restoring needs no more than writing the files back; what is derived (views) is left out.
 */
final class Backup {
    /** The canaries' entry, which becomes no file. */
    static final String CANARIES = "canaries";

    static final String LEDGER = "store/ledger/";
    static final String OBJECTS = "objects/";
    static final String CHAIN = "chain/";

    private final Store store;
    private final Path objects;
    private final Optional<Path> chain;
    private final Canaries canaries;

    Backup(Store store, Path objects, Optional<Path> chain, Canaries canaries) {
        this.store = store;
        this.objects = objects;
        this.chain = chain;
        this.canaries = canaries;
    }

    /** What went into it. */
    record Taken(long end, long files, long bytes) {}

    /** The moment of the ledger that a backup is of. */
    @FunctionalInterface
    interface Opening {
        /** The header to write, once the end of the ledger is known. */
        BackupHeader.Made at(long end);
    }

    /** Writes all of it, and leaves {@code out} open. */
    Taken writeTo(OutputStream out, Opening opening) throws IOException {
        Path links = objects.resolveSibling("backup-links");
        Directories.deleteTree(links);
        // Nothing is dropped between the log's folder and the ledger: the checkpoint must know of what was.
        try (LedgerFiles _ = ledger()) {
            List<Held> log = chain.isPresent() ? chainFiles(chain.get()) : List.of();
            try (LedgerFiles ledger = ledger()) {
                return write(out, opening, log, ledger, links);
            }
        } finally {
            Directories.deleteTree(links);
        }
    }

    private LedgerFiles ledger() throws IOException {
        return store.files().orElseThrow(() -> new IOException("an ephemeral server keeps nothing"));
    }

    private Taken write(OutputStream out, Opening opening, List<Held> log, LedgerFiles ledger, Path links)
            throws IOException {
        link(links);
        BackupHeader.Made made = opening.at(ledger.end());
        made.header().writeTo(out);
        OutputStream open = new OutputStream() {
            @Override
            public void write(int octet) throws IOException {
                out.write(octet);
            }

            @Override
            public void write(byte[] source, int offset, int length) throws IOException {
                out.write(source, offset, length);
            }
        };
        Entries entries;
        try (var key = made.key();
                DataOutputStream sealed = new DataOutputStream(
                        SealedStream.seal(key, made.header().encoded(), open))) {
            entries = new Entries(sealed);
            for (Held file : log) {
                entries.begin(CHAIN + file.path(), file.bytes());
                file.content().writeTo(sealed);
            }
            for (LedgerFiles.Part part : ledger.parts()) {
                entries.begin(LEDGER + part.name(), part.bytes());
                ledger.copy(part, sealed);
            }
            addObjects(entries, links);
            entries.add(CANARIES, canaries());
            sealed.writeShort(0);
        }
        return new Taken(ledger.end(), entries.files, entries.bytes);
    }

    private static final class Entries {
        private final DataOutputStream out;
        private long files;
        private long bytes;

        Entries(DataOutputStream out) {
            this.out = out;
        }

        void begin(String path, long length) throws IOException {
            out.writeUTF(path);
            out.writeLong(length);
            files++;
            bytes += length;
        }

        void add(String path, Bytes content) throws IOException {
            begin(path, content.size());
            out.write(content.unsafeArray());
        }
    }

    /** A file as it was at one moment. */
    private record Held(String path, long bytes, Content content) {
        private interface Content {
            void writeTo(OutputStream out) throws IOException;
        }

        /** A small file that others take the place of, read at once. */
        static Held whole(String path, Path file) throws IOException {
            byte[] bytes = Files.readAllBytes(file);
            return new Held(path, bytes.length, out -> out.write(bytes));
        }

        /** A file that only grows, as far as it has come. */
        static Held soFar(String path, Path file) throws IOException {
            long bytes = Files.size(file);
            return new Held(path, bytes, out -> {
                try (InputStream in = Files.newInputStream(file)) {
                    byte[] piece = new byte[1 << 16];
                    for (long rest = bytes; rest > 0; ) {
                        int got = in.read(piece, 0, (int) Math.min(piece.length, rest));
                        if (got < 0) {
                            throw new EOFException(path + " has become shorter");
                        }
                        out.write(piece, 0, got);
                        rest -= got;
                    }
                }
            });
        }
    }

    /** The checkpoint before the tiles: tiles may be newer, and are derived again where they do not fit. */
    private static List<Held> chainFiles(Path folder) throws IOException {
        List<Held> held = new ArrayList<>();
        Path first = folder.resolve("checkpoint");
        if (Files.exists(first)) {
            held.add(Held.whole("checkpoint", first));
        }
        walk(folder, file -> {
            String path = folder.relativize(file).toString();
            if (!path.equals("checkpoint") && !FolderDisk.isDraft(path)) {
                held.add(path.contains("/") ? Held.soFar(path, file) : Held.whole(path, file));
            }
        });
        return held;
    }

    @FunctionalInterface
    private interface Visit {
        void file(Path file) throws IOException;
    }

    private static void walk(Path folder, Visit visit) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (attributes.isRegularFile()) {
                    visit.file(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, @Nullable IOException failure) throws IOException {
                if (failure instanceof NoSuchFileException) {
                    return FileVisitResult.CONTINUE;
                }
                throw failure == null ? new IOException("cannot visit " + file) : failure;
            }
        });
    }

    /** Content files never change, so a second name keeps one as it is even when it is deleted. Drafts are left out. */
    private void link(Path links) throws IOException {
        walk(objects, file -> {
            Path path = objects.relativize(file);
            if (path.getNameCount() != 2 || path.startsWith("tmp")) {
                return;
            }
            Path link = links.resolve(path);
            Files.createDirectories(Objects.requireNonNull(link.getParent()));
            try {
                Files.createLink(link, file);
            } catch (NoSuchFileException _) {
                // Deleted before the moment that counts, or so shortly after that its bytes are kept: see
                // House.OBJECTS_KEPT.
            }
        });
    }

    private static void addObjects(Entries entries, Path links) throws IOException {
        walk(links, file -> {
            entries.begin(OBJECTS + links.relativize(file), Files.size(file));
            Files.copy(file, entries.out);
        });
    }

    private Bytes canaries() {
        RowWriter out = new RowWriter();
        out.version(1);
        canaries.make(
                store.ledger().read(),
                (name, canary) -> out.flag(true).text(name).bytes(canary));
        out.flag(false);
        return Bytes.adopt(out.toByteArray());
    }
}
