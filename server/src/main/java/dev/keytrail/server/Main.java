package dev.keytrail.server;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command line. Every command uses {@link House} or the wire, never wiring of its own. */
@Command(
        name = "keytrail",
        description = "A key management service whose every call is on record.",
        mixinStandardHelpOptions = true,
        version = Main.VERSION,
        subcommands = {
            ServeCommand.class,
            AccountCommand.class,
            TrainCommand.class,
            FloorCommand.class,
            FillCommand.class,
            SignCommand.class,
            LookCommand.class,
            WhyCommand.class,
            ClockCommand.class,
            ReceiptCommand.class,
            CheckpointCommand.class,
            CustodyCommand.class,
            BackupCommand.class,
            BackupCommand.RestoreIt.class,
            BackupCommand.Drill.class,
            VerifyCommand.class,
            RepairCommand.class,
            LedgerCommand.class,
            ArchiveCommand.class,
            WitnessCommand.class,
            EventsCommand.class,
            OrganizationCommand.class,
            TestCommand.class
        })
public final class Main implements Callable<Integer> {
    static final String VERSION = "Keytrail 0.1.0";

    @CommandLine.Spec
    @SuppressWarnings("NullAway.Init") // set by picocli before call()
    private CommandLine.Model.CommandSpec spec;

    private Main() {}

    public static void main(String[] arguments) {
        Logging.configure();
        // Looking at every command takes a tenth of a second, which a server's start has no time for.
        boolean serve = arguments.length > 0 && arguments[0].equals("serve");
        CommandLine line = serve
                ? new CommandLine(new ServeCommand()).setCommandName("keytrail serve")
                : new CommandLine(new Main());
        if (!serve) {
            Logging.quietly();
        }
        line.setExecutionExceptionHandler(Main::explain).setCaseInsensitiveEnumValuesAllowed(true);
        System.exit(line.execute(serve ? Arrays.copyOfRange(arguments, 1, arguments.length) : arguments));
    }

    /** Expected failures are one line; a stack trace is for defects. */
    private static int explain(Exception failure, CommandLine line, CommandLine.ParseResult parsed) {
        PrintWriter err = line.getErr();
        if (failure instanceof OperatorError
                || failure instanceof IllegalArgumentException
                || failure instanceof java.io.IOException) {
            err.println("keytrail: " + (failure.getMessage() == null ? failure.toString() : failure.getMessage()));
        } else {
            failure.printStackTrace(err);
        }
        err.flush();
        return 1;
    }

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return 2;
    }
}
