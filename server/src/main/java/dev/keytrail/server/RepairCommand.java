package dev.keytrail.server;

import dev.keytrail.audit.Recorder;
import dev.keytrail.audit.chain.Declaration;
import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.audit.chain.SignedLeaves;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Facts;
import dev.keytrail.call.LedgerRecord;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.store.LedgerRepair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * A way on for a damaged ledger, offline. Without {@code --write} it says what is damaged and what would be lost, and changes
 * nothing. Exit codes: 0 nothing is damaged, or it was repaired; 3 it is damaged; 1 it could not be done; 2 wrong usage.
 */
@Command(
        name = "repair",
        description =
                "Show what of a stopped server's ledger is damaged, and go on without that. Exit code 0: nothing is"
                        + " damaged, or it was repaired; 3: damaged; 1: it could not be done.",
        mixinStandardHelpOptions = true)
final class RepairCommand implements Callable<Integer> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** So many lines of each kind are shown. */
    private static final int LINES_MAX = 100;

    @Parameters(paramLabel = "DATA", description = "The stopped server's data directory")
    private Path data = Path.of(".");

    @Option(
            names = "--write",
            description =
                    "Write the repaired ledger, with a record of the repair; the damaged files are kept beside it")
    private boolean write;

    @Option(
            names = "--new-log",
            description = "Give the log up, where its hashes are damaged too: they are kept aside, and the next start"
                    + " begins another log under the same keys, which witnesses will dispute")
    private boolean newLog;

    @Override
    public Integer call() throws IOException {
        Path store = data.resolve("store");
        if (!Files.isDirectory(store)) {
            throw new OperatorError(data + " has no store");
        }
        Path chain = data.resolve("chain");
        Optional<SignedLeaves> signed = newLog ? Optional.empty() : signed(chain);
        Instant now = InstantSource.system().instant();
        String suffix = ".damaged-" + TIME.format(now);
        try (LedgerRepair repair = LedgerRepair.open(store, leaves(signed))) {
            if (newLog && repair.first() > 0) {
                throw new OperatorError("records before " + repair.first() + " were dropped, and their hashes are in "
                        + chain + " alone: without them nothing would prove what is left. Put that folder back from a"
                        + " backup");
            }
            LedgerRepair.Survey survey = repair.survey();
            tell(survey, signed);
            if (survey.whole() && !newLog) {
                System.out.println("nothing to repair");
                return 0;
            }
            if (!write) {
                System.out.println("nothing was changed; --write goes on without what is lost. A backup may have it:"
                        + " restoring one loses what came after it instead");
                return VerifyCommand.NOT_AS_SIGNED;
            }
            Facts more = Facts.facts()
                    .put("damages", survey.damages().size())
                    .put("signedRecords", signed.map(SignedLeaves::size).orElse(0L))
                    .put("newLog", newLog)
                    .put("stateFrom", survey.served() ? "views" : "ledger")
                    .put("rowsRestored", survey.rows())
                    .put("keptAside", "ledger" + suffix);
            LedgerRecord event =
                    new Recorder(new SystemEntropy()).record(new Declaration.Loss(survey.lost()).event(more), now);
            repair.write(event, suffix);
            if (newLog && Files.exists(chain)) {
                Files.move(chain, data.resolve("chain" + suffix));
            }
            System.out.println("repaired: record " + survey.end() + " of the ledger says so. The damaged files are in "
                    + store.resolve("ledger" + suffix) + (newLog ? ", the log's hashes in chain" + suffix : ""));
            return 0;
        }
    }

    private static Optional<SignedLeaves> signed(Path chain) throws IOException {
        if (!Files.exists(chain.resolve("checkpoint"))) {
            return Optional.empty();
        }
        Optional<SignedLeaves> leaves = SignedLeaves.read(
                new FolderDisk(chain),
                WitnessCommand.keys(chain.resolve("verifier-key").toString()));
        if (leaves.isEmpty()) {
            throw new OperatorError(
                    "the hashes in " + chain + " do not lead to its signed checkpoint, so nobody can tell"
                            + " which records are as they were. Put that folder back from a backup, or give the log up:"
                            + " --new-log");
        }
        return leaves;
    }

    private static LedgerRepair.Leaves leaves(Optional<SignedLeaves> signed) {
        return new LedgerRepair.Leaves() {
            @Override
            public long size() {
                return signed.map(SignedLeaves::size).orElse(0L);
            }

            @Override
            public Bytes hash(long index) {
                return signed.orElseThrow().hash(index);
            }
        };
    }

    private static void tell(LedgerRepair.Survey survey, Optional<SignedLeaves> signed) {
        survey.damages().stream().limit(LINES_MAX).forEach(line -> System.out.println("damaged    " + line));
        survey.lost().stream()
                .limit(LINES_MAX)
                .forEach(range -> System.out.println("lost       records " + range.from() + " to " + range.to()));
        System.out.println("signed     "
                + signed.map(leaves -> leaves.size()
                                + " records; what came after the last checkpoint and is gone, nobody" + " can name")
                        .orElse("unknown: there is no log to hold the records against"));
        System.out.println("state      "
                + (survey.served()
                        ? "as it was served; " + survey.rows() + " rows come from there alone"
                        : "what the intact records come to: what lost ones changed is as it was before them"));
    }
}
