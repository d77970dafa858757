package dev.keytrail.server;

import dev.keytrail.audit.chain.Receipt;
import dev.keytrail.audit.chain.ReceiptVerifier;
import dev.keytrail.audit.chain.ReceiptVerifier.Verdict;
import dev.keytrail.audit.chain.SignedNote;
import dev.keytrail.audit.chain.VerifierKeys;
import dev.keytrail.audit.chain.Witness;
import dev.keytrail.audit.chain.WitnessPolicy;
import dev.keytrail.audit.chain.Witnesses;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Checks proofs without a server. Exit codes: 0 all is as signed, 3 it is not, 1 it could not be checked, 2 wrong usage.
 */
@Command(
        name = "verify",
        description =
                "Check receipts, ledgers and delivered trails. Exit code 0: as signed; 3: not; 1: could not be checked.",
        mixinStandardHelpOptions = true,
        subcommands = {VerifyCommand.OfReceipt.class, VerifyCommand.OfLog.class, VerifyTrailCommand.class})
final class VerifyCommand implements Callable<Integer> {
    static final int NOT_AS_SIGNED = 3;

    @Parameters(
            arity = "0..1",
            paramLabel = "DATA|URL",
            description = "A stopped server's data directory, or a running server: its whole history is checked")
    private @Nullable String source;

    @Option(
            names = "--key",
            description = "The log's verifier keys, or a file of them (default: those in the directory, which prove"
                    + " nothing against whoever can write there)")
    private String key = "";

    @Mixin
    private HistoryOptions options = new HistoryOptions();

    @Option(
            names = "--logs",
            paramLabel = "FOLDER|s3://BUCKET",
            description = "Delivered log files outside, to be held against the ledger; may be given many times")
    private List<String> logs = new ArrayList<>();

    /** What every check of a whole history may be told. */
    static final class HistoryOptions {
        @Option(names = "--remembered", description = "A checkpoint kept elsewhere; may be given many times")
        private List<Path> remembered = new ArrayList<>();

        @Option(
                names = "--witness",
                paramLabel = "'URL KEY'",
                description =
                        "A witness to ask for the newest checkpoint that it has cosigned; may be given many times")
        private List<String> witnesses = new ArrayList<>();

        @Option(
                names = "--archive",
                paramLabel = "FOLDER",
                description = "Where records lie that the ledger has dropped (ledger.archive); may be given many times")
        private List<Path> archives = new ArrayList<>();

        @Option(names = "--threads", paramLabel = "N", description = "Default: one a core")
        private int threads = Runtime.getRuntime().availableProcessors();

        private WholeHistory history(VerifierKeys keys) throws IOException {
            List<SignedNote> notes = new ArrayList<>();
            for (Path file : remembered) {
                notes.add(SignedNote.parse(new String(bounded(file), StandardCharsets.UTF_8))
                        .orElseThrow(() -> new OperatorError(file + " is not a signed checkpoint")));
            }
            for (String witness : witnesses) {
                notes.add(cosigned(ProofSettings.member(witness), keys));
            }
            return new WholeHistory(keys, notes, archives, threads);
        }
    }

    @Override
    public Integer call() throws IOException {
        if (source == null) {
            throw new OperatorError(
                    "say what to verify: keytrail verify DATA or URL, keytrail verify receipt, log or trail");
        }
        boolean away = source.startsWith("http://") || source.startsWith("https://");
        if (away && !(logs.isEmpty() && options.archives.isEmpty())) {
            throw new OperatorError("--logs and --archive go with a data directory");
        }
        if (away && key.isEmpty()) {
            throw new OperatorError("give --key: a server's own word for its key proves nothing");
        }
        WholeHistory history = options.history(WitnessCommand.keys(
                key.isEmpty() ? Path.of(source, "chain", "verifier-key").toString() : key));
        return away
                ? history.ofServer(AccountCommand.signedAs(System.getenv(), URI.create(source)))
                : history.ofDirectory(Path.of(source), true, logs);
    }

    /** What a witness remembers of the log. */
    private static SignedNote cosigned(WitnessPolicy.Member witness, VerifierKeys log) throws IOException {
        URI url = URI.create(witness.url() + "/" + Witness.hash(log.name()) + "/checkpoint");
        Witnesses.Answer answer = HttpWitness.get(url);
        if (answer.status() != 200) {
            throw new OperatorError(witness.url() + " shows no checkpoint of this log: HTTP " + answer.status());
        }
        return SignedNote.parse(answer.body().utf8())
                .filter(witness::cosigned)
                .orElseThrow(() -> new OperatorError(witness.url() + ": its checkpoint is not signed by its own keys"));
    }

    private static byte[] bounded(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(Receipt.BYTES_MAX + 2);
        }
    }

    /** One receipt against the log's key. */
    @Command(
            name = "receipt",
            description = "Check a receipt; prints index and time of its event.",
            mixinStandardHelpOptions = true)
    static final class OfReceipt implements Callable<Integer> {
        @Parameters(paramLabel = "FILE")
        private Path file = Path.of("receipt.json");

        @Option(names = "--key", required = true, description = "The log's verifier keys, or a file of them")
        private String key = "";

        @Option(
                names = "--witness",
                paramLabel = "KEY",
                description = "Verifier keys of a witness, or a file of them; may be given many times")
        private List<String> witnesses = new ArrayList<>();

        @Option(names = "--quorum", description = "How many of the witnesses must have cosigned (default: all given)")
        private int quorum = -1;

        @Override
        public Integer call() throws IOException {
            List<VerifierKeys> cosigners = new ArrayList<>();
            for (String witness : witnesses) {
                cosigners.add(WitnessCommand.keys(witness));
            }
            int wanted = quorum < 0 ? cosigners.size() : quorum;
            ReceiptVerifier verifier = new ReceiptVerifier(WitnessCommand.keys(key), cosigners, wanted);
            return switch (verifier.verify(Bytes.adopt(bounded(file)))) {
                case Verdict.Proven proven -> {
                    System.out.println("proven: record " + proven.index() + " of "
                            + proven.checkpoint().size() + " in "
                            + proven.checkpoint().origin()
                            + (proven.witnesses().isEmpty()
                                    ? ""
                                    : ", cosigned by " + String.join(", ", proven.witnesses())));
                    yield 0;
                }
                case Verdict.Rejected rejected -> {
                    System.out.println("rejected: " + rejected.reason());
                    yield NOT_AS_SIGNED;
                }
            };
        }
    }

    /** The same without delivered files. */
    @Command(
            name = "log",
            description =
                    "Check the whole ledger of a stopped server against its log and remembered checkpoints, but no"
                            + " delivered files.",
            mixinStandardHelpOptions = true)
    static final class OfLog implements Callable<Integer> {
        @Option(names = "--data", required = true, description = "The data directory")
        private Path data = Path.of(".");

        @Option(names = "--key", required = true, description = "The log's verifier key, or a file of it")
        private String key = "";

        @Mixin
        private HistoryOptions options = new HistoryOptions();

        @Override
        public Integer call() throws IOException {
            return options.history(WitnessCommand.keys(key)).ofDirectory(data, false, List.of());
        }
    }
}
