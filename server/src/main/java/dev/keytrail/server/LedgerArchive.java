package dev.keytrail.server;

import dev.keytrail.audit.chain.Dropped;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Sha256;
import dev.keytrail.store.LedgerFiles;
import dev.keytrail.store.Retired;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Where records go that the ledger drops: a folder for each drop, with the ledger's files as they lay there and {@code
 * SHA256SUMS}, a list as {@code sha256sum -c} reads it. The list's own SHA-256 is the archive's digest. A folder appears when
 * it is whole and durable; the same drop makes the same folder.
 */
final class LedgerArchive {
    private static final String SUMS = "SHA256SUMS";
    private static final int SUM_CHARS = 64;

    private final Path folder;

    LedgerArchive(Path folder) {
        this.folder = folder;
    }

    Dropped.Archive take(Retired retired) throws IOException {
        String name = String.format(Locale.ROOT, "ledger-%012d-%012d", retired.first(), retired.end() - 1);
        if (!Files.isDirectory(folder)) {
            throw new IOException("the archive " + folder + " is no folder");
        }
        Path target = folder.resolve(name);
        Path draft = folder.resolve("." + name + ".part");
        Directories.deleteTree(draft);
        Files.createDirectory(
                draft, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        StringBuilder sums = new StringBuilder();
        for (LedgerFiles.Part part : retired.files().parts()) {
            Bytes sum = write(draft.resolve(part.name()), out -> retired.files().copy(part, out));
            sums.append(sum.hex()).append("  ").append(part.name()).append('\n');
        }
        byte[] list = sums.toString().getBytes(StandardCharsets.UTF_8);
        Bytes digest = write(draft.resolve(SUMS), out -> out.write(list));
        sync(draft);
        if (Files.exists(target)) {
            // Of an attempt that came as far as this, and no further.
            boolean same = Bytes.adopt(Files.readAllBytes(target.resolve(SUMS))).equals(Bytes.adopt(list));
            Directories.deleteTree(draft);
            if (!same) {
                throw new IOException(target + " is there and holds something else");
            }
        } else {
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
            sync(folder);
        }
        return new Dropped.Archive(name, digest);
    }

    /** What of an archived drop is not as its list says, a line each; none where there is no list. */
    static List<String> differences(Path folder) throws IOException {
        Path list = folder.resolve(SUMS);
        List<String> found = new ArrayList<>();
        if (!Files.isRegularFile(list)) {
            return found;
        }
        for (String line : Files.readAllLines(list, StandardCharsets.UTF_8)) {
            Path file = folder.resolve(line.substring(Math.min(line.length(), SUM_CHARS + 2)))
                    .normalize();
            if (!folder.normalize().equals(file.getParent()) || !Files.isRegularFile(file)) {
                found.add("missing    " + file);
            } else if (!line.startsWith(sum(file).hex())) {
                found.add("altered    " + file + " is not what its checksum says");
            }
        }
        return found;
    }

    private static Bytes sum(Path file) throws IOException {
        MessageDigest sha = Sha256.start();
        try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), sha)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
        return Bytes.adopt(sha.digest());
    }

    @FunctionalInterface
    private interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Returns the SHA-256 of what was written. */
    private static Bytes write(Path file, Content content) throws IOException {
        MessageDigest sha = Sha256.start();
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            content.writeTo(new DigestOutputStream(Channels.newOutputStream(channel), sha));
            channel.force(true);
        }
        return Bytes.adopt(sha.digest());
    }

    private static void sync(Path folder) throws IOException {
        try (FileChannel entry = FileChannel.open(folder, StandardOpenOption.READ)) {
            entry.force(true);
        }
    }
}
