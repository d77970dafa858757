package dev.keytrail.server;

import dev.keytrail.audit.chain.EventProof;
import dev.keytrail.audit.chain.Receipt;
import dev.keytrail.call.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Fetches the receipt of one event; the output is the file that {@code keytrail verify receipt} takes. */
@Command(
        name = "receipt",
        description = "Print the receipt of an event of a running server.",
        mixinStandardHelpOptions = true)
final class ReceiptCommand implements Callable<Integer> {
    /** A checkpoint comes within a second; a loaded server is given some more. */
    private static final int TRIES_MAX = 25;

    private static final long PAUSE_MILLIS = 200;

    @Parameters(paramLabel = "EVENT_ID", description = "The event's id, its request's id, or #N: the log's record N")
    private String event = "";

    @Mixin
    private ServerOption server = new ServerOption();

    @Option(names = "--region", defaultValue = "us-east-1", description = "The event's Region")
    private String region = "us-east-1";

    @Option(
            names = "--event",
            paramLabel = "FILE",
            description = "With #N: the event's exact JSON, which you have, so that hashes are all that is asked for;"
                    + " works for events that were dropped (needs keytrail:GetCheckpoint and keytrail:GetLogTile)")
    private @Nullable Path own;

    @Override
    public Integer call() throws IOException {
        Map<String, ?> input = input(event);
        SigningClient client = AccountCommand.signedAs(System.getenv(), server.at());
        if (own != null) {
            return ofOwn(client, own);
        }
        for (int attempt = 1; ; attempt++) {
            SigningClient.Reply reply = client.keytrail(region, "GetReceipt", input);
            boolean refused = reply.status() != 200;
            if (refused && reply.body().contains("EventNotFoundException") && input.containsKey("EventId")) {
                input = Map.of("RequestId", event); // either id will do
                continue;
            }
            boolean waits = refused && reply.body().contains("ReceiptNotReadyException");
            if (!waits || attempt == TRIES_MAX) {
                // UTF-8 whatever the terminal's: a receipt is exact to the byte.
                System.out.writeBytes((reply.answer() + "\n").getBytes(StandardCharsets.UTF_8));
                System.out.flush();
                return 0;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
        }
    }

    private int ofOwn(SigningClient client, Path file) throws IOException {
        if (!event.startsWith("#")) {
            throw new OperatorError("--event needs the record's number, #N: x-keytrail-log-index of the answer has it");
        }
        Bytes json = Bytes.adopt(Files.readAllBytes(file));
        boolean line = !json.isEmpty() && json.at(json.size() - 1) == '\n';
        try (LogAway log = LogAway.open(client, region)) {
            Receipt receipt = new EventProof(log)
                    .of(line ? json.slice(0, json.size() - 1) : json, Long.parseLong(event.substring(1)))
                    .orElseThrow(() -> new OperatorError("the log's record " + event + " is not this event"));
            System.out.writeBytes((receipt.json().utf8() + "\n").getBytes(StandardCharsets.UTF_8));
            System.out.flush();
            return 0;
        }
    }

    /** The request that names one event. */
    static Map<String, ?> input(String event) {
        if (!event.matches("#[0-9]{1,18}|[A-Za-z0-9-]{1,64}")) {
            throw new OperatorError("'" + event + "' is no event id, and no #N");
        }
        return event.startsWith("#") ? Map.of("Index", Long.parseLong(event.substring(1))) : Map.of("EventId", event);
    }
}
