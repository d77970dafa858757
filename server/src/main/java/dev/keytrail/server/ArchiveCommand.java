package dev.keytrail.server;

import dev.keytrail.audit.chain.ChainBroken;
import dev.keytrail.audit.chain.ChainDisk;
import dev.keytrail.audit.chain.EventProof;
import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.audit.chain.Receipt;
import dev.keytrail.audit.chain.ReceiptVerifier;
import dev.keytrail.audit.chain.SignedLeaves;
import dev.keytrail.audit.chain.VerifierKeys;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.store.ArchivedLedger;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Records that a ledger has dropped, out of its archive ({@code ledger.archive}): whoever can read the folder needs no server.
 * Exit codes: 0 found, or as signed; 3 not as signed; 1 it could not be done; 2 wrong usage.
 */
@Command(
        name = "archive",
        description = "Print and check records that a ledger has dropped, out of its archive.",
        mixinStandardHelpOptions = true,
        subcommands = {ArchiveCommand.Event.class, ArchiveCommand.MakeReceipt.class, ArchiveCommand.Check.class})
final class ArchiveCommand implements Callable<Integer> {
    /** Findings shown. */
    private static final int LINES_MAX = 100;

    @Override
    public Integer call() {
        throw new OperatorError("say what to do: keytrail archive event, receipt or check");
    }

    private record Found(long index, LedgerRecord record) {}

    /** Which record of which archive. */
    static final class Wanted {
        @Parameters(
                index = "0",
                paramLabel = "ARCHIVE",
                description = "The folder ledger.archive, or one of those in it")
        private Path archive = Path.of(".");

        @Parameters(index = "1", paramLabel = "EVENT_ID", description = "The event's id, or #N: the log's record N")
        private String event = "";

        private Found find() throws IOException {
            if (!event.matches("#[0-9]{1,18}|[A-Za-z0-9-]{1,64}")) {
                throw new OperatorError("'" + event + "' is no event id, and no #N");
            }
            boolean numbered = event.startsWith("#");
            long number = numbered ? Long.parseLong(event.substring(1)) : 0;
            ArchivedLedger ledger = ArchivedLedger.open(archive);
            List<Found> found = new ArrayList<>();
            if (!numbered || number >= ledger.first()) {
                ledger.walk(number, (index, record) -> {
                    if (numbered ? index == number : record.eventId().equals(event)) {
                        found.add(new Found(index, record));
                    }
                    return found.isEmpty() && (!numbered || index < number);
                });
            }
            return found.stream()
                    .findFirst()
                    .orElseThrow(() -> new OperatorError(archive + " has no record " + event
                            + (ledger.damages().isEmpty() ? "" : "; of it is damaged: " + ledger.damages())));
        }
    }

    /** Where the log's checkpoint and hashes are. */
    static final class Log {
        @Option(
                names = "--log",
                paramLabel = "DIR",
                description = "The log's folder: chain/ of the data directory, or a copy")
        private @Nullable Path folder;

        @Option(
                names = "--endpoint",
                paramLabel = "URL",
                description = "Or the running server (needs keytrail:GetCheckpoint and keytrail:GetLogTile)")
        private @Nullable URI endpoint;

        /** What is done with it. */
        @FunctionalInterface
        private interface Use<T> {
            T with(ChainDisk log) throws IOException;
        }

        private <T> T use(Use<T> use) throws IOException {
            try {
                return ofEither(use);
            } catch (ChainBroken broken) {
                throw new OperatorError("the log cannot be used: " + broken.getMessage());
            }
        }

        private <T> T ofEither(Use<T> use) throws IOException {
            if (folder != null && endpoint == null) {
                if (!Files.isRegularFile(folder.resolve("checkpoint"))) {
                    throw new OperatorError(folder + " is no log's folder: it has no checkpoint");
                }
                return use.with(new FolderDisk(folder));
            }
            if (folder == null && endpoint != null) {
                try (LogAway away = LogAway.open(AccountCommand.signedAs(System.getenv(), endpoint), "us-east-1")) {
                    return use.with(away);
                }
            }
            throw new OperatorError("say where the log's hashes are: --log DIR or --endpoint URL");
        }
    }

    /** Prints one event: its exact JSON, as it is in the log. */
    @Command(
            name = "event",
            description = "Print an event out of an archive: its exact JSON.",
            mixinStandardHelpOptions = true)
    static final class Event implements Callable<Integer> {
        @Mixin
        private Wanted wanted = new Wanted();

        @Override
        public Integer call() throws IOException {
            print(wanted.find().record().json().utf8());
            return 0;
        }
    }

    /** Makes the receipt of an archived event; the output is the file that {@code keytrail verify receipt} takes. */
    @Command(
            name = "receipt",
            description = "Print the receipt of an event out of an archive, made with the log's hashes.",
            mixinStandardHelpOptions = true)
    static final class MakeReceipt implements Callable<Integer> {
        @Mixin
        private Wanted wanted = new Wanted();

        @Mixin
        private Log log = new Log();

        @Option(
                names = "--key",
                description = "The log's verifier keys, or a file of them: the receipt is checked before it is printed")
        private @Nullable String key;

        @Override
        public Integer call() throws IOException {
            Found found = wanted.find();
            Optional<Receipt> receipt =
                    log.use(hashes -> new EventProof(hashes).of(found.record().json(), found.index()));
            if (receipt.isEmpty()) {
                System.out.println("rejected: the log's record " + found.index() + " is not the archive's");
                return VerifyCommand.NOT_AS_SIGNED;
            }
            if (key != null
                    && ReceiptVerifier.verify(receipt.get().json(), WitnessCommand.keys(key))
                            instanceof ReceiptVerifier.Verdict.Rejected rejected) {
                System.out.println("rejected: " + rejected.reason());
                return VerifyCommand.NOT_AS_SIGNED;
            }
            print(receipt.get().json().utf8());
            return 0;
        }
    }

    /** Holds a whole archive against its checksums and against the log. */
    @Command(
            name = "check",
            description =
                    "Check an archive: its checksums, its frames, and each record against the log's signed hashes."
                            + " Exit code 0: as signed; 3: not; 1: could not be checked.",
            mixinStandardHelpOptions = true)
    static final class Check implements Callable<Integer> {
        @Parameters(paramLabel = "ARCHIVE", description = "The folder ledger.archive, or one of those in it")
        private Path archive = Path.of(".");

        @Mixin
        private Log log = new Log();

        @Option(names = "--key", required = true, description = "The log's verifier keys, or a file of them")
        private String key = "";

        @Override
        public Integer call() throws IOException {
            VerifierKeys keys = WitnessCommand.keys(key);
            ArchivedLedger ledger = ArchivedLedger.open(archive);
            List<String> findings = new ArrayList<>();
            try (Stream<Path> folders = Files.walk(archive, 1)) {
                for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
                    findings.addAll(LedgerArchive.differences(folder));
                }
            }
            long end = log.use(hashes -> against(hashes, keys, ledger, findings));
            ledger.damages().forEach(damage -> findings.add("damaged    " + damage));
            findings.stream().limit(LINES_MAX).forEach(System.out::println);
            System.out.println((findings.isEmpty() ? "as signed: " : "NOT as signed: ") + "records " + ledger.first()
                    + " to " + (end - 1) + "; " + findings.size() + " findings");
            return findings.isEmpty() ? 0 : VerifyCommand.NOT_AS_SIGNED;
        }

        private static long against(ChainDisk hashes, VerifierKeys keys, ArchivedLedger ledger, List<String> findings)
                throws IOException {
            SignedLeaves signed = SignedLeaves.read(hashes, keys)
                    .orElseThrow(() -> new OperatorError(
                            "the log has no checkpoint signed by " + keys.name() + ", or its tiles do not lead to it"));
            return ledger.walk(ledger.first(), (index, record) -> {
                if (index >= signed.size() || !signed.isLeaf(index, record.json())) {
                    findings.add("changed    record " + index + " is not what was signed");
                }
                return true;
            });
        }
    }

    private static void print(String text) {
        // UTF-8 whatever the terminal's: an event is exact to the byte.
        System.out.writeBytes((text + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
    }
}
