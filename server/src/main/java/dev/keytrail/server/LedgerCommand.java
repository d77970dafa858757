package dev.keytrail.server;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** The ledger of a running server: how far it goes back, and dropping its oldest records. */
@Command(
        name = "ledger",
        description = "Show how far a running server's ledger goes back, or have its oldest records dropped.",
        mixinStandardHelpOptions = true,
        subcommands = {LedgerCommand.Show.class, LedgerCommand.Drop.class})
final class LedgerCommand implements Callable<Integer> {
    private static final JsonFactory JSON = new JsonFactory();
    private static final Duration POLL = Duration.ofMillis(300);
    private static final Duration WAIT_MAX = Duration.ofHours(6);

    @Override
    public Integer call() {
        throw new OperatorError("say what to do: keytrail ledger show, or keytrail ledger drop --older-than TIME");
    }

    /** Prints DescribeLedger's answer as one JSON line. */
    @Command(
            name = "show",
            description = "Print how far the ledger goes back, and what was dropped last.",
            mixinStandardHelpOptions = true)
    static final class Show implements Callable<Integer> {
        @Mixin
        private ServerOption server = new ServerOption();

        @Override
        public Integer call() throws IOException {
            System.out.println(AccountCommand.ask(server.at(), "DescribeLedger", Map.of()));
            return 0;
        }
    }

    /** Asks for a drop and waits until it has ended. */
    @Command(
            name = "drop",
            description =
                    "Drop records that are older than that, under the rules of ledger.retention: whole packed"
                            + " segments, delivered, no longer shown by event history; archived first where ledger.archive is set.",
            mixinStandardHelpOptions = true)
    static final class Drop implements Callable<Integer> {
        @Option(names = "--older-than", required = true, paramLabel = "TIME", description = "In days, e.g. 400d")
        private String olderThan = "";

        @Option(names = "--no-wait", description = "Only ask; keytrail ledger show tells what comes of it")
        private boolean noWait;

        @Mixin
        private ServerOption server = new ServerOption();

        @Override
        public Integer call() throws IOException {
            Duration age = Settings.duration(
                    "--older-than", olderThan, LedgerSettings.RETENTION_MIN, LedgerSettings.RETENTION_MAX);
            if (!age.equals(Duration.ofDays(age.toDays()))) {
                throw new OperatorError("--older-than takes whole days");
            }
            URI at = server.at();
            Told before = Told.parse(AccountCommand.ask(at, "StartLedgerDrop", Map.of("OlderThanDays", age.toDays())));
            if (noWait) {
                System.out.println("asked for; keytrail ledger show tells what comes of it");
                return 0;
            }
            long deadline = System.nanoTime() + WAIT_MAX.toNanos();
            while (true) {
                Told now = Told.parse(AccountCommand.ask(at, "DescribeLedger", Map.of()));
                if (!now.request().equals(before.request())) {
                    throw new OperatorError("somebody else has asked for another drop since: keytrail ledger show");
                }
                if (!now.kept().isEmpty()) {
                    System.out.println(
                            now.first() == before.first()
                                    ? "dropped    nothing"
                                    : "dropped    records " + before.first() + " to " + (now.first() - 1));
                    System.out.println(
                            "kept       records " + now.first() + " to " + (now.end() - 1) + ": " + now.kept());
                    return 0;
                }
                if (System.nanoTime() > deadline) {
                    throw new OperatorError(
                            "the drop is still under way; keytrail ledger show tells when it has ended");
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL.toMillis()));
            }
        }
    }

    /**
     * What of DescribeLedger's answer the command needs.
     *
     * @param request id of the newest request
     * @param kept why no more went; empty while it goes on
     */
    private record Told(long first, long end, String request, String kept) {
        static Told parse(String text) {
            Map<String, String> found = new HashMap<>();
            try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), text)) {
                String object = "";
                for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                    switch (token) {
                        case START_OBJECT -> object = json.currentName() == null ? "" : json.currentName() + ".";
                        case END_OBJECT -> object = "";
                        case VALUE_STRING, VALUE_NUMBER_INT -> found.put(object + json.currentName(), json.getString());
                        default -> {}
                    }
                }
                return new Told(
                        Long.parseLong(found.getOrDefault("FirstIndex", "")),
                        Long.parseLong(found.getOrDefault("EndIndex", "")),
                        found.getOrDefault("Request.RequestId", ""),
                        found.getOrDefault("Request.Kept", ""));
            } catch (JacksonException | NumberFormatException _) {
                throw new OperatorError("not a ledger's answer: " + text);
            }
        }
    }
}
