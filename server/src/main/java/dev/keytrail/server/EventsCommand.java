package dev.keytrail.server;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Searches event history by any member of the events, and follows it. */
@Command(
        name = "events",
        description = {
            "Search event history, newest first, or follow it.",
            "A query joins comparisons with AND, OR, NOT and parentheses: eventName = Decrypt AND (errorCode EXISTS OR"
                    + " sourceIPAddress ^= 10.) AND context.tenant = a. Operators: = != ^= (begins) ~ (contains) < <= > >="
                    + " EXISTS. A path goes down with dots; context.K is an encryption context's key, any is every value."
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class EventsCommand implements Callable<Integer> {
    private static final int PAGE = 500;

    /** How many ids are remembered while following; far more than two seconds bring. */
    private static final int SEEN_MAX = 1_000_000;

    /** How events are printed. */
    enum Form {
        TABLE,
        JSON,
        CSV
    }

    @Parameters(paramLabel = "QUERY", arity = "0..1", description = "What events must be like (default: all)")
    private String query = "";

    @Option(names = "--since", paramLabel = "DURATION", description = "How far back, ISO form, e.g. PT1H or P7D")
    private @Nullable Duration since;

    @Option(names = "--start", paramLabel = "TIME", description = "From this time on, e.g. 2026-01-31T00:00:00Z")
    private @Nullable Instant start;

    @Option(names = "--end", paramLabel = "TIME", description = "Up to this time")
    private @Nullable Instant end;

    @Option(
            names = "--region",
            paramLabel = "REGION",
            description = "May be given many times (default: AWS_REGION, or us-east-1)")
    private List<String> regions = new ArrayList<>();

    @Option(
            names = "--limit",
            paramLabel = "N",
            defaultValue = "50",
            description = "At most so many from each Region (default: ${DEFAULT-VALUE}; 0: all)")
    private int limit;

    @Option(
            names = "--output",
            paramLabel = "FORM",
            defaultValue = "table",
            description = "table, json or csv; the last two as the console downloads them")
    private Form form = Form.TABLE;

    @Option(
            names = "--follow",
            description = "Go on with what happens from now on, oldest first; json: one event a line")
    private boolean follow;

    @Mixin
    private ServerOption server = new ServerOption();

    @Override
    public Integer call() throws IOException, InterruptedException {
        Map<String, String> environment = System.getenv();
        URI at = server.at();
        SigningClient client = AccountCommand.signedAs(environment, at);
        if (regions.isEmpty()) {
            regions.add(environment.getOrDefault("AWS_REGION", "us-east-1"));
        }
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        if (follow) {
            follow(client, out);
            return 0;
        }
        List<EventLine> found = new ArrayList<>();
        for (String region : regions) {
            found.addAll(search(client, region, begin(), limit == 0 ? Integer.MAX_VALUE : limit));
        }
        EventPrinter.print(out, form, found);
        out.flush();
        return 0;
    }

    private Optional<Instant> begin() {
        return Optional.ofNullable(start)
                .or(() -> Optional.ofNullable(since).map(back -> Instant.now().minus(back)));
    }

    private List<EventLine> search(SigningClient client, String region, Optional<Instant> from, int most)
            throws IOException {
        List<EventLine> found = new ArrayList<>();
        Optional<String> token = Optional.empty();
        do {
            Map<String, Object> input = new LinkedHashMap<>();
            input.put("Query", query);
            from.ifPresent(time -> input.put("StartTime", time.getEpochSecond()));
            Optional.ofNullable(end).ifPresent(time -> input.put("EndTime", time.getEpochSecond()));
            input.put("MaxResults", (long) Math.min(PAGE, most - found.size()));
            token.ifPresent(t -> input.put("NextToken", t));
            token = EventLine.readAll(
                    client.keytrail(region, "SearchEvents", input).answer(), found);
        } while (token.isPresent() && found.size() < most);
        return found;
    }

    /** Asks again and again for the last seconds, and prints what it has not seen. Ends with the process. */
    private void follow(SigningClient client, PrintStream out) throws IOException, InterruptedException {
        Set<String> seen = new HashSet<>();
        Instant from = begin().orElseGet(Instant::now);
        CountDownLatch never = new CountDownLatch(1);
        EventPrinter.header(out, form);
        do {
            Instant now = Instant.now();
            List<EventLine> fresh = new ArrayList<>();
            for (String region : regions) {
                fresh.addAll(search(client, region, Optional.of(from), Integer.MAX_VALUE));
            }
            fresh.removeIf(event -> !seen.add(event.text("eventID")));
            fresh.sort((a, b) -> a.text("eventTime").compareTo(b.text("eventTime")));
            fresh.forEach(event -> EventPrinter.line(out, form, event));
            out.flush();
            if (out.checkError()) {
                return; // nobody reads any more
            }
            // Calls are recorded when they end, under the second of their end: the last ones may still grow.
            from = now.minusSeconds(3).isAfter(from) ? now.minusSeconds(3) : from;
            if (seen.size() > SEEN_MAX) {
                seen.clear();
            }
        } while (!never.await(1, TimeUnit.SECONDS));
    }
}
