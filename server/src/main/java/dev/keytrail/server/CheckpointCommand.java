package dev.keytrail.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
        SigningClient client = AccountCommand.signedAs(System.getenv(), server.at());
        SigningClient.Reply reply = client.call("keytrail", "us-east-1", "Keytrail.GetCheckpoint", "{}");
        if (reply.status() != 200) {
            throw new OperatorError("the server refused (HTTP " + reply.status() + "): " + reply.body());
        }
        // UTF-8 whatever the terminal's: the note's signatures begin with a dash that is not ASCII.
        System.out.writeBytes((reply.body() + "\n").getBytes(StandardCharsets.UTF_8));
        System.out.flush();
        return 0;
    }
}
