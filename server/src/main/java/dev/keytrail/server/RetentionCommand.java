package dev.keytrail.server;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How far back an account's event history goes: shows it, sets it, or sets it back to the server's own. */
@Command(
        name = "retention",
        description = "Show or set how many days an account's event history goes back.",
        mixinStandardHelpOptions = true)
final class RetentionCommand extends OfAccount {
    @Option(names = "--days", paramLabel = "N", description = "Set it; what is older leaves history, not the ledger")
    private @Nullable Long days;

    @Option(names = "--default", description = "Take the account's own away: the setting history.retention holds")
    private boolean fallback;

    /** Prints {@code {"Days":N,"Own":BOOLEAN}} as one JSON line. */
    @Override
    public Integer call() throws IOException {
        if (days != null && fallback) {
            throw new OperatorError("--days or --default, not both");
        }
        if (days != null) {
            System.out.println(ask("PutHistoryRetention", Map.of("Days", days)));
        } else {
            System.out.println(ask(fallback ? "PutHistoryRetention" : "GetHistoryRetention"));
        }
        return 0;
    }
}
