package dev.keytrail.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Prints {@code {"Checkpoint","VerifierKey"}} as one JSON line: what an auditor remembers of a log. */
@Command(
        name = "checkpoint",
        description = "Print the newest signed checkpoint of a running server, and its log's verifier key.",
        mixinStandardHelpOptions = true)
final class CheckpointCommand implements Callable<Integer> {
    @Mixin
    private ServerOption server = new ServerOption();

    @Override
    public Integer call() throws IOException {
        String answer = AccountCommand.ask(server.at(), "GetCheckpoint", Map.of());
        // UTF-8 whatever the terminal's: the note's signatures begin with a dash that is not ASCII.
        System.out.writeBytes((answer + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
        return 0;
    }
}
