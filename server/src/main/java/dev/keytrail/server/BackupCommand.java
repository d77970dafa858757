package dev.keytrail.server;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.Vault;
import dev.keytrail.kms.key.Canaries;
import dev.keytrail.kms.key.Crypto;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreOptions;
import dev.keytrail.wire.JsonObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a backup of a running server. The file appears under its name when it is whole. */
@Command(
        name = "backup",
        description = "Take an encrypted backup of a running server.",
        mixinStandardHelpOptions = true)
final class BackupCommand implements Callable<Integer> {
    @Parameters(paramLabel = "FILE", description = "Where to write it; must not exist")
    private Path file = Path.of("keytrail.backup");

    @Mixin
    private ServerOption server = new ServerOption();

    @Option(
            names = "--passphrase",
            description =
                    "Put the key file into it under a passphrase, from --secret-file or the terminal (custody by file)")
    private boolean passphrase;

    @Option(names = "--secret-file", paramLabel = "FILE", description = "The passphrase; default: the terminal")
    private List<Path> secretFiles = new ArrayList<>();

    @Override
    public Integer call() throws IOException {
        if (Files.exists(file)) {
            throw new OperatorError(file + " exists, and a backup overwrites nothing");
        }
        Map<String, String> input = Map.of();
        if (passphrase) {
            try (Secret said = SecretInput.of(secretFiles, "a passphrase for the backup")) {
                input = Map.of("Passphrase", SecretInput.base64(said));
            }
        }
        Path draft = file.resolveSibling("." + file.getFileName() + ".part");
        Files.deleteIfExists(draft);
        long bytes;
        try {
            try (FileChannel channel = FileChannel.open(
                            draft,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                    OutputStream out = Channels.newOutputStream(channel)) {
                bytes = AccountCommand.signedAs(System.getenv(), server.at())
                        .download(
                                "keytrail",
                                "us-east-1",
                                "Keytrail.CreateBackup",
                                JsonObject.of(input).utf8(),
                                out);
                channel.force(true);
            }
            Files.move(draft, file);
        } finally {
            Files.deleteIfExists(draft);
        }
        System.out.println(file + ": " + bytes + " bytes. Try it: keytrail drill " + file);
        return 0;
    }

    /** How a backup is opened, for restore and drill. */
    static final class Key {
        @Option(names = "--key-file", paramLabel = "FILE", description = "root.key of the server (custody by file)")
        private @Nullable Path keyFile;

        @Option(names = "--passphrase", description = "The backup has a passphrase of its own, and it opens it")
        private boolean passphrase;

        @Option(
                names = "--secret-file",
                paramLabel = "FILE",
                description = "Passphrase, PIN, or shares, one a line; default: the terminal. May be given many times")
        private List<Path> secretFiles = new ArrayList<>();

        @Option(names = "--set", paramLabel = "NAME=VALUE", description = "Settings of custody, e.g. custody.token")
        private Map<String, String> set = new LinkedHashMap<>();

        Restore open(InputStream in, Entropy entropy) throws IOException {
            Settings settings = Settings.load(Optional.empty(), System.getenv(), set);
            return Restore.open(
                    in,
                    new Restore.Offered(Optional.ofNullable(keyFile), secretFiles, passphrase, settings.custody()),
                    entropy);
        }
    }

    /** Brings a backup back. */
    @Command(
            name = "restore",
            description = "Restore a backup into an empty or new data directory.",
            mixinStandardHelpOptions = true)
    static final class RestoreIt implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The backup")
        private Path file = Path.of("keytrail.backup");

        @Option(names = "--data", required = true, paramLabel = "DIR", description = "The data directory to make")
        private Path data = Path.of(".");

        @Mixin
        private Key key = new Key();

        @Override
        public Integer call() throws IOException {
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                Restore restore = key.open(in, new SystemEntropy());
                try {
                    Restore.Brought brought = restore.into(data.toAbsolutePath(), in);
                    check(restore, data.toAbsolutePath());
                    System.out.println(data + ": " + restore.header().end() + " records of "
                            + restore.header().made() + ", " + brought.files() + " files, " + brought.bytes()
                            + " bytes. What happened after that is not in it: compare with a checkpoint kept"
                            + " elsewhere (keytrail verify log --remembered)");
                } finally {
                    restore.close();
                }
            }
            return 0;
        }

        /** The ledger as it came back ends where the backup says. */
        private static void check(Restore restore, Path data) throws IOException {
            try (Store store = EmbeddedStore.open(
                    data.resolve("store"),
                    House.tables(),
                    StoreOptions.defaults().withIndexing(false),
                    InstantSource.system())) {
                if (store.ledger().end() != restore.header().end()) {
                    throw new OperatorError(
                            "the restored ledger ends at " + store.ledger().end() + ", not at "
                                    + restore.header().end());
                }
            }
        }
    }

    /**
     * Restores into a folder that is thrown away, starts what a server starts, and decrypts canaries under every generation of
     * every key. Exit codes: 0 all is there, 3 something is not, 1 it could not be tried, 2 wrong usage.
     */
    @Command(
            name = "drill",
            description = "Try a backup: restore it aside, start it, decrypt a canary under every key generation.",
            mixinStandardHelpOptions = true)
    static final class Drill implements Callable<Integer> {
        @Parameters(paramLabel = "FILE", description = "The backup")
        private Path file = Path.of("keytrail.backup");

        @Option(
                names = "--scratch",
                paramLabel = "DIR",
                description = "Where there is room (default: the temporary folder)")
        private @Nullable Path scratch;

        @Mixin
        private Key key = new Key();

        @Override
        public Integer call() throws IOException {
            long begun = System.nanoTime();
            Path folder = scratch == null
                    ? Files.createTempDirectory("keytrail-drill-")
                    : Files.createTempDirectory(scratch, "keytrail-drill-");
            try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
                Restore restore = key.open(in, new SystemEntropy());
                try {
                    Path data = folder.resolve("data");
                    Restore.Brought brought = restore.into(data, in);
                    long restored = System.nanoTime();
                    Canaries.Result result = start(restore, data);
                    long ended = System.nanoTime();
                    System.out.println("restored   " + restore.header().end() + " records, " + brought.files()
                            + " files, " + brought.bytes() + " bytes, in " + time(restored - begun));
                    System.out.println("started    and tried in " + time(ended - restored));
                    System.out.println("keys       " + result.keys() + ", of them " + result.outside()
                            + " in key stores outside, which are not tried");
                    System.out.println("canaries   " + result.canaries() + " opened, " + result.fresh()
                            + " newer generations tried afresh, " + result.pairs() + " key pairs fit");
                    System.out.println(
                            result.failed() == 0
                                    ? "passed     in " + time(ended - begun)
                                    : "FAILED     " + result.failed() + " generations");
                    return result.failed() == 0 ? 0 : VerifyCommand.NOT_AS_SIGNED;
                } finally {
                    restore.close();
                }
            } finally {
                Directories.deleteTree(folder);
            }
        }

        private static String time(long nanos) {
            return Duration.ofNanos(nanos).toMillis() + " ms";
        }

        /** A house on the copy, with its log's own checks, but without loops or listener: nothing is delivered from it. */
        private static Canaries.Result start(Restore restore, Path data) throws IOException {
            InstantSource clock = InstantSource.system();
            Entropy entropy = new SystemEntropy();
            Settings settings = Settings.load(Optional.empty(), Map.of(), Map.of());
            try (Store store =
                    EmbeddedStore.open(data.resolve("store"), House.tables(), StoreOptions.defaults(), clock)) {
                if (store.ledger().end() != restore.header().end()) {
                    throw new OperatorError(
                            "the restored ledger ends at " + store.ledger().end() + ", not at "
                                    + restore.header().end());
                }
                House.open(new House.Ground(
                        store,
                        restore.root(),
                        clock,
                        entropy,
                        data.resolve("objects"),
                        Runnable::run,
                        settings,
                        Optional.of(data.resolve("chain")),
                        Optional.empty(),
                        new Counters()));
                Canaries canaries = new Canaries(Crypto.over(
                        new Vault(restore.root(), entropy),
                        entropy,
                        Runtime.getRuntime().availableProcessors()));
                State state = store.ledger().read();
                return canaries.check(
                        state,
                        restore::canary,
                        (arn, material) -> System.out.println("NOT OPENED " + arn + " material " + material));
            }
        }
    }
}
