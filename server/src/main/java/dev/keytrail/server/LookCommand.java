package dev.keytrail.server;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The bench's look-ups: event history by each attribute, with values taken from events that are there. */
@Command(name = "look", hidden = true, description = "Time look-ups for the bench.")
final class LookCommand implements Callable<Integer> {
    @Option(names = "--endpoint", required = true)
    private URI endpoint = URI.create("http://127.0.0.1:7480");

    @Option(names = "--rounds", defaultValue = "300")
    private int rounds;

    private static final List<String> ATTRIBUTES = List.of(
            "EventId",
            "EventName",
            "ReadOnly",
            "Username",
            "ResourceType",
            "ResourceName",
            "EventSource",
            "AccessKeyId");

    @Override
    public Integer call() throws IOException {
        SigningClient client = AccountCommand.signedAs(System.getenv(), endpoint);
        String newest = look(client, "{\"MaxResults\":1}");
        for (String attribute : ATTRIBUTES) {
            String value = first(newest, attribute);
            String input = "{\"LookupAttributes\":[{\"AttributeKey\":\"" + attribute + "\",\"AttributeValue\":\""
                    + value + "\"}],\"MaxResults\":50}";
            long[] micros = new long[rounds];
            for (int i = -rounds / 3; i < rounds; i++) { // the negative ones warm up
                long begun = System.nanoTime();
                look(client, input);
                if (i >= 0) {
                    micros[i] = (System.nanoTime() - begun) / 1_000;
                }
            }
            Arrays.sort(micros);
            System.out.printf(
                    Locale.ROOT,
                    "%-13s p50 %6.2f ms  p99 %6.2f ms%n",
                    attribute,
                    micros[rounds / 2] / 1e3,
                    micros[rounds * 99 / 100] / 1e3);
        }
        return 0;
    }

    private static String look(SigningClient client, String input) throws IOException {
        SigningClient.Reply reply = client.call("cloudtrail", "us-east-1", "CloudTrail_20131101.LookupEvents", input);
        if (reply.status() != 200) {
            throw new OperatorError("LookupEvents: HTTP " + reply.status() + " " + reply.body());
        }
        return reply.body();
    }

    private static String first(String body, String member) {
        Matcher match = Pattern.compile("\"" + member + "\":\"([^\"]*)\"").matcher(body);
        List<String> found = new ArrayList<>();
        while (match.find()) {
            found.add(match.group(1));
        }
        if (found.isEmpty()) {
            throw new OperatorError("the newest event has no " + member);
        }
        return found.getFirst();
    }
}
