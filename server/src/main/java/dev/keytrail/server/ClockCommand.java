package dev.keytrail.server;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows a server's virtual time, or makes it run ahead and waits until it is there. */
@Command(
        name = "clock",
        description = "Show or advance the time of a server started with --clock (for tests).",
        mixinStandardHelpOptions = true)
final class ClockCommand implements Callable<Integer> {
    /** Ten years with much to do take some seconds. */
    private static final Duration WAIT_MAX = Duration.ofMinutes(10);

    private static final Duration POLL = Duration.ofMillis(50);

    @Option(names = "--advance", paramLabel = "TIME", description = "By how much, e.g. 30s, 12h, 365d")
    private @Nullable String advance;

    @Mixin
    private ServerOption server = new ServerOption();

    @Override
    public Integer call() throws IOException {
        Map<String, String> environment = System.getenv();
        SigningClient client = AccountCommand.signedAs(environment, server.at());
        if (advance == null) {
            System.out.println(time(ask(client, "GetClock", Map.of()), "Now"));
            return 0;
        }
        Duration by = Settings.duration("--advance", advance, Duration.ofSeconds(1), Duration.ofDays(3650));
        Instant target = time(ask(client, "AdvanceClock", Map.of("Seconds", by.toSeconds())), "Target");
        long deadline = System.nanoTime() + WAIT_MAX.toNanos();
        while (true) {
            Instant now = time(ask(client, "GetClock", Map.of()), "Now");
            if (!now.isBefore(target)) {
                System.out.println(now);
                return 0;
            }
            if (System.nanoTime() > deadline) {
                throw new OperatorError("the clock is at " + now + " and not at " + target + " yet; it goes on");
            }
            LockSupport.parkNanos(POLL.toNanos());
        }
    }

    private static String ask(SigningClient client, String operation, Map<String, Long> input) throws IOException {
        SigningClient.Reply reply = client.keytrail("us-east-1", operation, input);
        if (reply.status() != 200) {
            throw new OperatorError("the server refused (HTTP " + reply.status() + "): " + reply.body()
                    + (reply.body().contains("UnknownOperation") ? "; was it started with --clock?" : ""));
        }
        return reply.body();
    }

    private static Instant time(String body, String member) {
        Matcher match = Pattern.compile("\"" + member + "\":\"([^\"]*)\"").matcher(body);
        if (!match.find()) {
            throw new OperatorError("not a clock's answer: " + body);
        }
        return Instant.parse(match.group(1));
    }
}
