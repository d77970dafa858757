package dev.keytrail.server;

import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.RowReader;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.FileCustody;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SealedStream;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Keeper;
import dev.keytrail.crypto.custody.Share;
import dev.keytrail.crypto.custody.Sharing;
import dev.keytrail.crypto.custody.WrappingKey;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Brings a backup back into an empty folder. What is damaged, cut or under other root keys leaves no folder behind. */
final class Restore {
    private static final int COPY_BYTES = 1 << 20;
    private static final int CANARIES_BYTES_MAX = 256 << 20;

    /** Parts of names, none of which begins with a dot: nothing leads out of the folder. */
    private static final Pattern PATH =
            Pattern.compile("(?:store/ledger|objects|chain)(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)+");

    private final BackupHeader header;
    private final RootKey root;
    private final Secret streamKey;
    private final Optional<Secret> keyFile;
    private final Map<String, Bytes> canaries = new HashMap<>();

    /** What people and files have to offer for opening a backup. */
    record Offered(Optional<Path> keyFile, List<Path> secretFiles, boolean passphrase, CustodySettings settings) {
        Offered {
            secretFiles = List.copyOf(secretFiles);
        }
    }

    private Restore(BackupHeader header, RootKey root, Secret streamKey, Optional<Secret> keyFile) {
        this.header = header;
        this.root = root;
        this.streamKey = streamKey;
        this.keyFile = keyFile;
    }

    BackupHeader header() {
        return header;
    }

    RootKey root() {
        return root;
    }

    /** Empty for a generation that came after the moment of the canaries. */
    Optional<Bytes> canary(String name) {
        return Optional.ofNullable(canaries.get(name));
    }

    /** @throws OperatorError when what is offered does not open this backup */
    static Restore open(InputStream in, Offered offered, Entropy entropy) throws IOException {
        BackupHeader header = BackupHeader.readFrom(in);
        try {
            Optional<Secret> keyFile = Optional.empty();
            boolean byFile =
                    header.custody().isEmpty() || header.custody().get().keeper() instanceof Keeper.File;
            if (byFile) {
                keyFile = Optional.of(keyFileContent(header, offered, entropy));
            }
            RootKey root = root(header, offered, keyFile, entropy);
            Secret key = header.key(root, entropy)
                    .orElseThrow(() -> new OperatorError("the backup was made under other root keys than these"));
            return new Restore(header, root, key, keyFile);
        } catch (CustodyRefused e) {
            throw new OperatorError("the backup does not open: " + e.text());
        }
    }

    private static Secret keyFileContent(BackupHeader header, Offered offered, Entropy entropy) throws IOException {
        if (offered.passphrase()) {
            try (Secret said = SecretInput.of(offered.secretFiles(), "the backup's passphrase")) {
                return header.keyFile(said, entropy);
            }
        }
        return FileCustody.read(offered.keyFile()
                .orElseThrow(() -> new OperatorError("custody was by file: say --key-file ROOT.KEY"
                        + (header.keyFile().isPresent() ? ", or --passphrase" : ""))));
    }

    private static RootKey root(BackupHeader header, Offered offered, Optional<Secret> keyFile, Entropy entropy)
            throws IOException {
        if (header.custody().isEmpty()) {
            return new RootKey(keyFile.orElseThrow().copy());
        }
        Custody row = header.custody().get();
        Keepers keepers = new Keepers(Path.of("root.key"), offered.settings(), entropy);
        try (WrappingKey key = switch (row.keeper()) {
            case Keeper.File _ -> WrappingKey.of(keyFile.orElseThrow().copy());
            case Keeper.Shares shares -> combined(shares, offered.secretFiles());
            case Keeper.Kms _ -> keepers.openAlone(row.keeper()).orElseThrow();
            case Keeper.Passphrase _ -> opened(keepers, row.keeper(), offered.secretFiles(), "custody's passphrase");
            case Keeper.Token _ -> opened(keepers, row.keeper(), offered.secretFiles(), "the token's PIN");
        }) {
            return row.open(key).orElseThrow(() -> new CustodyRefused("this is not the key that sealed its root keys"));
        }
    }

    private static WrappingKey opened(Keepers keepers, Keeper keeper, List<Path> files, String what)
            throws IOException {
        try (Secret secret = SecretInput.of(files, what)) {
            return keepers.open(keeper, secret);
        }
    }

    private static WrappingKey combined(Keeper.Shares keeper, List<Path> files) throws IOException {
        List<Share> shares = new ArrayList<>();
        try {
            if (files.isEmpty()) {
                for (int i = 1; i <= keeper.threshold(); i++) {
                    shares.add(parsed(keeper, SecretInput.terminal("share, " + i + " of " + keeper.threshold())));
                }
            } else {
                for (Secret text : SecretInput.lines(files, "shares")) {
                    shares.add(parsed(keeper, text));
                }
            }
            return Sharing.combine(keeper, shares);
        } finally {
            shares.forEach(Share::close);
        }
    }

    private static Share parsed(Keeper.Shares keeper, Secret text) {
        try (text) {
            Share share = Share.parse(text);
            Sharing.check(keeper, share);
            return share;
        }
    }

    /** What came out. */
    record Brought(long files, long bytes) {}

    /**
     * Writes all files into a fresh folder beside {@code data}, and gives it that name in the last step.
     *
     * @param rest of the stream that the header was read from
     * @throws OperatorError when the folder has something in it, or the backup is damaged or cut
     */
    Brought into(Path data, InputStream rest) throws IOException {
        if (Files.exists(data) && !(Files.isDirectory(data) && isEmpty(data))) {
            throw new OperatorError(data + " is not empty, and a restore overwrites nothing");
        }
        Path draft = data.resolveSibling("." + data.getFileName() + ".restoring-" + header.id());
        Directories.deleteTree(draft);
        Directories.createPrivate(draft);
        try {
            Brought brought = extract(draft, rest);
            if (keyFile.isPresent()) {
                FileCustody.store(
                        draft.resolve("root.key"),
                        keyFile.get(),
                        target -> new dev.keytrail.crypto.SystemEntropy().fill(target));
            }
            Files.deleteIfExists(data);
            Files.move(draft, data);
            return brought;
        } catch (SealedStream.Damaged e) {
            throw new OperatorError("the backup is damaged or cut: " + e.getMessage() + ". Nothing was restored");
        } finally {
            Directories.deleteTree(draft);
        }
    }

    private static boolean isEmpty(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            return files.findAny().isEmpty();
        }
    }

    private Brought extract(Path folder, InputStream rest) throws IOException {
        long files = 0;
        long bytes = 0;
        try (DataInputStream in = new DataInputStream(
                new BufferedInputStream(SealedStream.open(streamKey, header.encoded(), rest), COPY_BYTES))) {
            for (String path = in.readUTF(); !path.isEmpty(); path = in.readUTF()) {
                long length = in.readLong();
                if (path.equals(Backup.CANARIES)) {
                    readCanaries(in, length);
                } else if (PATH.matcher(path).matches() && length >= 0) {
                    write(folder.resolve(path), in, length);
                } else if (length >= 0
                        && path.startsWith(Backup.CHAIN)
                        && FolderDisk.isDraft(path.substring(Backup.CHAIN.length()))) {
                    in.skipNBytes(length); // Backups of before 30 November 2026 may have taken one along.
                } else {
                    throw new OperatorError(
                            "the backup has an entry that is none of ours: " + path.replaceAll("[^ -~]", "?"));
                }
                files++;
                bytes += length;
            }
            if (in.read() >= 0) {
                throw new OperatorError("the backup has something behind its end");
            }
        } catch (EOFException _) {
            throw new OperatorError("the backup is cut. Nothing was restored");
        }
        return new Brought(files, bytes);
    }

    private void readCanaries(DataInputStream in, long length) throws IOException {
        if (length < 0 || length > CANARIES_BYTES_MAX) {
            throw new OperatorError("the backup's canaries are too long");
        }
        byte[] content = new byte[(int) length];
        in.readFully(content);
        RowReader row = new RowReader(content);
        row.version(1);
        while (row.flag()) {
            canaries.put(row.text(), row.bytes());
        }
    }

    private static void write(Path file, DataInputStream in, long length) throws IOException {
        Files.createDirectories(
                Objects.requireNonNull(file.getParent()),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try (FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            byte[] chunk = new byte[COPY_BYTES];
            long left = length;
            while (left > 0) {
                int read = in.read(chunk, 0, (int) Math.min(chunk.length, left));
                if (read < 0) {
                    throw new EOFException();
                }
                ByteBuffer buffer = ByteBuffer.wrap(chunk, 0, read);
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                left -= read;
            }
            channel.force(true);
        }
    }

    void close() {
        streamKey.close();
        keyFile.ifPresent(Secret::close);
    }
}
