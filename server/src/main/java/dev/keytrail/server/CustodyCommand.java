package dev.keytrail.server;

import dev.keytrail.audit.Recorder;
import dev.keytrail.call.Change;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.call.State;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.custody.Custody;
import dev.keytrail.crypto.custody.CustodyRefused;
import dev.keytrail.crypto.custody.Share;
import dev.keytrail.store.EmbeddedStore;
import dev.keytrail.store.Store;
import dev.keytrail.store.StoreOptions;
import dev.keytrail.wire.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
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

/** Who keeps the root key: the ceremonies. Secrets come from a terminal, a file or a file descriptor, never from arguments. */
@Command(
        name = "custody",
        description = "Who keeps the root key: begin, open, change, see.",
        mixinStandardHelpOptions = true,
        subcommands = {
            CustodyCommand.Init.class,
            CustodyCommand.Unseal.class,
            CustodyCommand.Status.class,
            CustodyCommand.ChangeKeeper.class,
            CustodyCommand.Reshare.class,
            CustodyCommand.Rotate.class
        })
final class CustodyCommand implements Callable<Integer> {
    @Override
    public Integer call() {
        throw new OperatorError("say what to do: keytrail custody init, unseal, status, change, reshare or rotate");
    }

    /** Where the server is. */
    static final class Server {
        @Mixin
        private ServerOption server = new ServerOption();

        URI at() {
            return server.at();
        }

        String ask(String operation, Map<String, ?> input) throws IOException {
            return AccountCommand.ask(at(), operation, input);
        }

        /** A sealed server knows nobody, so nobody signs. */
        SigningClient.Reply askUnsigned(String operation, Map<String, ?> input) throws IOException {
            return SigningClient.unsigned(
                    at(), "Keytrail." + operation, JsonObject.of(input).utf8());
        }
    }

    /** A keeper as options say it. */
    static final class Wish {
        @Option(
                names = "--provider",
                required = true,
                paramLabel = "KEEPER",
                description = "file, passphrase, shares, token or kms")
        private String provider = "";

        @Option(names = "--threshold", paramLabel = "K", description = "How many shares open (shares)")
        private @Nullable Integer threshold;

        @Option(names = "--shares", paramLabel = "N", description = "How many shares there are (shares)")
        private @Nullable Integer shares;

        @Option(names = "--key-id", paramLabel = "ARN", description = "The other KMS's key (kms)")
        private @Nullable String keyId;

        @Option(
                names = "--secret-file",
                paramLabel = "FILE",
                description = "New passphrase or the token's PIN; default: the terminal")
        private List<Path> secretFiles = new ArrayList<>();

        Keepers.Wanted wanted() throws IOException {
            Optional<Secret> secret = switch (provider) {
                case "passphrase" -> Optional.of(passphrase());
                case "token" -> Optional.of(SecretInput.of(secretFiles, "the token's PIN"));
                default -> Optional.empty();
            };
            return new Keepers.Wanted(
                    provider,
                    secret,
                    Optional.ofNullable(threshold),
                    Optional.ofNullable(shares),
                    Optional.ofNullable(keyId));
        }

        /** Typed twice, for nobody sees it. */
        private Secret passphrase() throws IOException {
            Secret first = SecretInput.of(secretFiles, "the new passphrase");
            if (secretFiles.isEmpty()) {
                try (Secret second = SecretInput.terminal("the same again")) {
                    if (!first.sameAs(second)) {
                        first.close();
                        throw new OperatorError("the two are not the same");
                    }
                }
            }
            return first;
        }
    }

    /** What the present keeper wants to see. */
    static final class Proof {
        @Option(
                names = "--current-file",
                paramLabel = "FILE",
                description =
                        "Present passphrase, or shares, one a line; default: the terminal. May be given many times")
        private List<Path> files = new ArrayList<>();

        @Option(
                names = "--former",
                paramLabel = "KEEPER",
                description =
                        "What --current-file has is from before the last change, when custody was by passphrase or"
                                + " shares: for an hour, if new shares never arrived")
        private Optional<String> former = Optional.empty();

        /** Members of the request, for the keeper that the server has now. */
        Map<String, String> members(Server server) throws IOException {
            CustodyAnswer standing;
            try {
                standing = CustodyAnswer.parse(server.ask("DescribeCustody", Map.of()));
            } catch (OperatorError _) {
                // Who may not even look will be told so by the call itself.
                return Map.of();
            }
            String provider = former.orElse(standing.provider());
            if (provider.equals("passphrase")) {
                try (Secret secret = SecretInput.of(files, "the present passphrase")) {
                    return Map.of("CurrentPassphrase", SecretInput.base64(secret));
                }
            }
            if (provider.equals("shares")) {
                return Map.of("CurrentShares", shares(standing.threshold()));
            }
            return Map.of();
        }

        private String shares(long threshold) throws IOException {
            List<Secret> texts = new ArrayList<>();
            if (files.isEmpty()) {
                for (int i = 1; i <= threshold; i++) {
                    texts.add(SecretInput.terminal("present share, " + i + " of " + threshold));
                }
            } else {
                texts.addAll(SecretInput.lines(files, "present shares"));
            }
            try (Secret all = SecretInput.joined(texts)) {
                return SecretInput.base64(all);
            }
        }
    }

    /** Where new shares go. */
    static final class Handing {
        @Option(
                names = "--out",
                paramLabel = "DIR",
                description = "Write each share to a file of its own (0600) in this folder; default: print them")
        private @Nullable Path folder;

        /** Before anything is asked for: once there are shares it is too late to find out that they cannot be written. */
        void prepare() throws IOException {
            if (folder == null) {
                return;
            }
            if (!Files.isDirectory(folder)) {
                Directories.createPrivate(folder);
            }
            Files.delete(Files.createTempFile(folder, ".keytrail-", ".probe"));
        }

        void handOut(List<Secret> shares) {
            for (Secret share : shares) {
                try (share) {
                    if (folder == null || !isWritten(folder, share)) {
                        System.out.writeBytes(share.reveal());
                        System.out.println();
                    }
                }
            }
            System.out.flush();
        }

        private static boolean isWritten(Path folder, Secret share) {
            try {
                write(folder, share);
                return true;
            } catch (IOException e) {
                System.err.println("keytrail: a share cannot be written, so it is printed: " + e);
                return false;
            }
        }

        private static void write(Path folder, Secret share) throws IOException {
            Path file;
            try (Share parsed = Share.parse(share)) {
                file = folder.resolve("share-" + parsed.set() + "-" + parsed.number());
            }
            try (var channel = Files.newByteChannel(
                            file,
                            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
                    OutputStream out = java.nio.channels.Channels.newOutputStream(channel)) {
                out.write(share.reveal());
                out.write('\n');
            }
            System.out.println(file);
        }
    }

    /** Begins a data directory whose root key was never in a file. */
    @Command(
            name = "init",
            description = "Begin an empty data directory under a keeper other than a file.",
            mixinStandardHelpOptions = true)
    static final class Init implements Callable<Integer> {
        @Option(names = "--data", required = true, paramLabel = "DIR", description = "The data directory")
        private Path data = Path.of(".");

        @Option(names = "--set", paramLabel = "NAME=VALUE", description = "Any setting, e.g. custody.token")
        private Map<String, String> set = new LinkedHashMap<>();

        @Mixin
        private Wish wish = new Wish();

        @Mixin
        private Handing handing = new Handing();

        @Override
        public Integer call() throws IOException {
            handing.prepare();
            Settings settings = Settings.load(Optional.of(data.toAbsolutePath()), System.getenv(), set);
            InstantSource clock = InstantSource.system();
            try (Site site = Site.open(settings);
                    Store store = EmbeddedStore.open(
                            site.storeFolder(),
                            House.tables(),
                            StoreOptions.defaults().withIndexing(false),
                            clock)) {
                State state = store.ledger().read();
                if (store.ledger().end() > 0 || Files.exists(site.rootKeyFile())) {
                    throw new OperatorError(
                            data + " has a root key already; keytrail custody change gives it another keeper");
                }
                Entropy entropy = new SystemEntropy();
                Custodian custodian = new Custodian(store.ledger(), site.rootKeyFile(), settings.custody(), entropy);
                Custodian.Change made = found(custodian, clock);
                // Shares first: once the row is there they must be in somebody's hands.
                List<Secret> texts = new ArrayList<>();
                made.shares().forEach(share -> texts.add(share.text()));
                handing.handOut(texts);
                Recorder recorder = new Recorder(entropy);
                store.ledger()
                        .commit(
                                state,
                                List.of(Change.put(Custody.TABLE, Custody.ROW, made.row())),
                                List.of(recorder.record(
                                        RewrapJob.event("InitializeCustody", CustodyRows.facts(made.row())),
                                        clock.instant())));
                custodian.step();
                custodian.close();
            }
            System.err.println("the root key of " + data + " is kept by " + wish.provider
                    + "; start the server with: keytrail serve --data " + data);
            return 0;
        }

        private Custodian.Change found(Custodian custodian, InstantSource clock) throws IOException {
            Keepers.Wanted wanted = wish.wanted();
            try {
                return custodian.found(wanted, clock.instant());
            } catch (CustodyRefused e) {
                throw new OperatorError(e.text());
            } finally {
                wanted.secret().ifPresent(Secret::close);
            }
        }
    }

    /** Gives a sealed server shares, a passphrase or a PIN. */
    @Command(
            name = "unseal",
            description = "Give a sealed server one or more shares, the passphrase, or the token's PIN.",
            mixinStandardHelpOptions = true)
    static final class Unseal implements Callable<Integer> {
        @Mixin
        private Server server = new Server();

        @Option(
                names = "--secret-file",
                paramLabel = "FILE",
                description = "Shares, one a line, passphrase or PIN; default: the terminal. May be given many times")
        private List<Path> files = new ArrayList<>();

        @Override
        public Integer call() throws IOException {
            CustodyAnswer standing = CustodyAnswer.parse(
                    server.askUnsigned("DescribeCustody", Map.of()).answer());
            if (standing.sealed()) {
                for (Secret piece : SecretInput.lines(files, "share, passphrase or PIN")) {
                    try (piece) {
                        if (standing.sealed()) {
                            Map<String, String> input = Map.of("Secret", SecretInput.base64(piece));
                            standing = CustodyAnswer.parse(
                                    server.askUnsigned("Unseal", input).answer());
                        }
                    }
                }
            }
            System.out.println(standing.progress());
            return 0;
        }
    }

    /** Prints how custody stands, as one line of JSON. */
    @Command(name = "status", description = "Show how custody stands.", mixinStandardHelpOptions = true)
    static final class Status implements Callable<Integer> {
        @Mixin
        private Server server = new Server();

        @Override
        public Integer call() throws IOException {
            // A sealed server knows nobody, and says so much to anybody; an open one wants to know who asks.
            SigningClient.Reply reply = server.askUnsigned("DescribeCustody", Map.of());
            System.out.println(reply.status() == 200 ? reply.body() : server.ask("DescribeCustody", Map.of()));
            return 0;
        }
    }

    /** Another keeper. */
    @Command(
            name = "change",
            description = "Give the root key of a running server to another keeper.",
            mixinStandardHelpOptions = true)
    static final class ChangeKeeper implements Callable<Integer> {
        @Mixin
        private Server server = new Server();

        @Mixin
        private Wish wish = new Wish();

        @Mixin
        private Proof proof = new Proof();

        @Mixin
        private Handing handing = new Handing();

        @Override
        public Integer call() throws IOException {
            return change(server, proof, handing, wish.wanted());
        }
    }

    /** New shares; the old ones open nothing any more. */
    @Command(
            name = "reshare",
            description = "Make new shares; those of before are worth nothing then.",
            mixinStandardHelpOptions = true)
    static final class Reshare implements Callable<Integer> {
        @Mixin
        private Server server = new Server();

        @Option(names = "--threshold", required = true, paramLabel = "K", description = "How many shares open")
        private int threshold;

        @Option(names = "--shares", required = true, paramLabel = "N", description = "How many shares there are")
        private int shares;

        @Mixin
        private Proof proof = new Proof();

        @Mixin
        private Handing handing = new Handing();

        @Override
        public Integer call() throws IOException {
            return change(
                    server,
                    proof,
                    handing,
                    new Keepers.Wanted(
                            "shares", Optional.empty(), Optional.of(threshold), Optional.of(shares), Optional.empty()));
        }
    }

    private static int change(Server server, Proof proof, Handing handing, Keepers.Wanted wanted) throws IOException {
        handing.prepare();
        Map<String, Object> members = new LinkedHashMap<>();
        members.put("Provider", wanted.provider());
        wanted.threshold().ifPresent(number -> members.put("Threshold", number));
        wanted.shares().ifPresent(number -> members.put("Shares", number));
        wanted.keyId().ifPresent(id -> members.put("KeyId", id));
        wanted.secret().ifPresent(secret -> {
            members.put("Secret", SecretInput.base64(secret));
            secret.close();
        });
        members.putAll(proof.members(server));
        CustodyAnswer standing = CustodyAnswer.parse(server.ask("ChangeCustody", members));
        handing.handOut(standing.newShares());
        System.err.println("the root key is kept by " + wanted.provider() + " now, epoch " + standing.epoch());
        return 0;
    }

    /** A new root key. */
    @Command(
            name = "rotate",
            description = "Make a new root key; everything is wrapped anew behind the answer.",
            mixinStandardHelpOptions = true)
    static final class Rotate implements Callable<Integer> {
        @Mixin
        private Server server = new Server();

        @Mixin
        private Proof proof = new Proof();

        @Override
        public Integer call() throws IOException {
            System.out.println(server.ask("RotateRootKey", proof.members(server)));
            return 0;
        }
    }
}
