package dev.keytrail.crypto;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Custody of the root key in a file that only its owner may read (0600): the default, for development and small sites.
 *
 * <p>One line of text, so that it can be kept on paper: {@code keytrail-root-key-1:}, 64 hex digits of key, a colon,
 * 16 hex digits of checksum (the start of SHA-256 over a label and the key), a line feed.
 */
public final class FileCustody {
    private static final byte[] MAGIC = "keytrail-root-key-1:".getBytes(StandardCharsets.US_ASCII);
    private static final int KEY_BYTES = 32;
    private static final int CHECKSUM_BYTES = 8;
    private static final int COLON_AT = MAGIC.length + 2 * KEY_BYTES;
    private static final int LINE_BYTES = COLON_AT + 1 + 2 * CHECKSUM_BYTES + 1;
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private FileCustody() {}

    /**
     * Reads the root key, or makes one (synced, with its directory) when there is no file and {@code mayCreate}. Of two
     * processes that make one at the same time both get the winner's.
     *
     * @throws IOException when there is none and it may not be made, when others than the owner may use the file, when it
     *     is damaged; the message says which, never what is in the file
     */
    public static RootKey open(Path file, boolean mayCreate, Entropy entropy) throws IOException {
        if (!Files.exists(file)) {
            if (!mayCreate) {
                throw new NoSuchFileException(file.toString(), null, "there is no root key here");
            }
            create(file, entropy);
        }
        return new RootKey(read(file));
    }

    /**
     * Puts this key into a file, which it replaces in one step; synced, with its directory. Used for the key that wraps root
     * keys too: the form is the same.
     */
    public static void store(Path file, Secret key, Entropy entropy) throws IOException {
        Path draft = draft(file, entropy);
        try {
            write(draft, key.reveal().clone());
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (UnsupportedOperationException _) {
            throw refused(file, "its file system has no owners and permissions, so anyone might read it");
        } finally {
            Files.deleteIfExists(draft);
        }
        syncDirectoryOf(file);
    }

    /**
     * Overwrites the file, as far as its disk does that in place, and removes it. Nothing happens where there is none.
     *
     * <p>Copies that a journal, a snapshot or a flash disk keeps are out of reach.
     */
    public static void shred(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer zeros = ByteBuffer.allocate((int) Math.min(channel.size(), LINE_BYTES));
            while (zeros.hasRemaining()) {
                channel.write(zeros);
            }
            channel.force(true);
        }
        Files.deleteIfExists(file);
        syncDirectoryOf(file);
    }

    /**
     * The 32 bytes of a key file.
     *
     * @throws IOException when others than the owner may use the file, or it is damaged; never tells what is in it
     */
    public static Secret read(Path file) throws IOException {
        PosixFileAttributeView view = Files.getFileAttributeView(file, PosixFileAttributeView.class);
        if (view == null) {
            throw refused(file, "its file system has no owners and permissions, so anyone might read it");
        }
        PosixFileAttributes attributes = view.readAttributes();
        if (!attributes.isRegularFile()) {
            throw refused(file, "it is not a regular file");
        }
        Set<PosixFilePermission> beyondOwner = EnumSet.noneOf(PosixFilePermission.class);
        beyondOwner.addAll(attributes.permissions());
        beyondOwner.removeAll(EnumSet.of(
                PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE, PosixFilePermission.OWNER_EXECUTE));
        if (!beyondOwner.isEmpty()) {
            throw refused(
                    file,
                    "others than its owner may use it (" + PosixFilePermissions.toString(attributes.permissions())
                            + "): chmod 600, and consider whether the key has leaked");
        }
        if (attributes.size() != LINE_BYTES) {
            throw refused(file, "it is damaged: " + attributes.size() + " bytes where " + LINE_BYTES + " belong");
        }
        byte[] line = new byte[LINE_BYTES];
        try {
            readFully(file, line);
            return parse(line).orElseThrow(() -> refused(file, "it is damaged, or not a root key of version 1"));
        } finally {
            Arrays.fill(line, (byte) 0);
        }
    }

    private static void readFully(Path file, byte[] line) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer target = ByteBuffer.wrap(line);
            while (target.hasRemaining()) {
                if (channel.read(target) < 0) {
                    throw refused(file, "it is cut short");
                }
            }
        }
    }

    private static Optional<Secret> parse(byte[] line) {
        if (!Arrays.equals(line, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
                || line[COLON_AT] != ':'
                || line[LINE_BYTES - 1] != '\n') {
            return Optional.empty();
        }
        byte[] key = new byte[KEY_BYTES];
        byte[] checksum = new byte[CHECKSUM_BYTES];
        if (unhex(line, MAGIC.length, key) && unhex(line, COLON_AT + 1, checksum)) {
            if (MessageDigest.isEqual(checksum, checksum(key))) {
                return Optional.of(Secret.adopt(key));
            }
        }
        Arrays.fill(key, (byte) 0);
        return Optional.empty();
    }

    private static void create(Path file, Entropy entropy) throws IOException {
        Path draft = draft(file, entropy);
        try {
            write(draft, entropy.bytes(KEY_BYTES));
            place(draft, file);
        } catch (UnsupportedOperationException _) {
            throw refused(file, "its file system has no owners and permissions, so anyone might read it");
        } finally {
            Files.deleteIfExists(draft);
        }
        syncDirectoryOf(file);
    }

    private static Path draft(Path file, Entropy entropy) throws IOException {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null || !Files.isDirectory(directory)) {
            throw refused(file, "its directory does not exist");
        }
        return directory.resolve("." + file.getFileName() + "." + entropy.hex(8));
    }

    private static void syncDirectoryOf(Path file) throws IOException {
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Zeroes {@code key}. */
    private static void write(Path draft, byte[] key) throws IOException {
        byte[] line = Arrays.copyOf(MAGIC, LINE_BYTES);
        hex(key, line, MAGIC.length);
        line[COLON_AT] = ':';
        hex(checksum(key), line, COLON_AT + 1);
        line[LINE_BYTES - 1] = '\n';
        try (FileChannel channel = FileChannel.open(
                draft,
                Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
                PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
            ByteBuffer source = ByteBuffer.wrap(line);
            while (source.hasRemaining()) {
                channel.write(source);
            }
            channel.force(true);
        } finally {
            Arrays.fill(key, (byte) 0);
            Arrays.fill(line, (byte) 0);
        }
    }

    /** By hard link, for that never replaces a file that appeared meanwhile; by renaming where links are not to be had. */
    private static void place(Path draft, Path file) throws IOException {
        try {
            Files.createLink(file, draft);
        } catch (FileAlreadyExistsException _) {
            // Someone else was faster: theirs is the root key.
        } catch (UnsupportedOperationException | FileSystemException _) {
            Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
        }
    }

    private static byte[] checksum(byte[] key) {
        MessageDigest digest = Sha256.start();
        digest.update(MAGIC);
        return Arrays.copyOf(digest.digest(key), CHECKSUM_BYTES);
    }

    /** Byte by byte, since a String of the key could not be zeroed. */
    private static void hex(byte[] source, byte[] target, int at) {
        for (int i = 0; i < source.length; i++) {
            target[at + 2 * i] = (byte) Character.forDigit((source[i] >> 4) & 0xF, 16);
            target[at + 2 * i + 1] = (byte) Character.forDigit(source[i] & 0xF, 16);
        }
    }

    private static boolean unhex(byte[] source, int at, byte[] target) {
        for (int i = 0; i < target.length; i++) {
            int high = source[at + 2 * i];
            int low = source[at + 2 * i + 1];
            if (!HexFormat.isHexDigit(high) || !HexFormat.isHexDigit(low)) {
                return false;
            }
            target[i] = (byte) ((HexFormat.fromHexDigit(high) << 4) | HexFormat.fromHexDigit(low));
        }
        return true;
    }

    private static IOException refused(Path file, String reason) {
        return new IOException("root key file " + file + " refused: " + reason);
    }
}
