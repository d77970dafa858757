package dev.keytrail.server;

import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
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

    @Option(names = "--receipts", description = "Time receipts by event id instead, of as many records from anywhere")
    private int receipts;

    @Option(names = "--own", description = "So many calls, each looked up right after its answer, instead")
    private int own;

    @Option(names = "--callers", defaultValue = "8", description = "Callers side by side, with --own")
    private int callers;

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
        if (own > 0) {
            System.setProperty("http.maxConnections", Integer.toString(callers));
        }
        SigningClient client = AccountCommand.signedAs(System.getenv(), endpoint);
        if (receipts > 0) {
            timeReceipts(client);
            return 0;
        }
        if (own > 0) {
            OwnLooks.Result result = new OwnLooks(client, own, callers).run();
            System.out.println(result);
            return result.missing() == 0 ? 0 : 1;
        }
        String newest = look(client, "{\"MaxResults\":1}");
        for (String attribute : ATTRIBUTES) {
            String value = first(newest, attribute);
            String input = "{\"LookupAttributes\":[{\"AttributeKey\":\"" + attribute + "\",\"AttributeValue\":\""
                    + value + "\"}],\"MaxResults\":50}";
            time(attribute, Collections.nCopies(rounds, input), one -> look(client, one));
        }
        return 0;
    }

    /** The ids are asked for by index, spread evenly over the log. */
    private void timeReceipts(SigningClient client) throws IOException {
        String newest = first(look(client, "{\"MaxResults\":1}"), "EventId");
        long size = Long.parseLong(number(receipt(client, "{\"EventId\":\"" + newest + "\"}"), "index")) + 1;
        List<String> inputs = new ArrayList<>();
        for (int i = 0; i < receipts; i++) {
            String text = receipt(client, "{\"Index\":" + (size - 1 - size / receipts * i) + "}");
            inputs.add("{\"EventId\":\"" + first(text.replace("\\", ""), "eventID") + "\"}");
        }
        Collections.shuffle(inputs, new Random(1));
        time("receipts of " + size, inputs, one -> receipt(client, one));
    }

    private static String receipt(SigningClient client, String input) throws IOException {
        return answered("GetReceipt", () -> client.call("keytrail", "us-east-1", "Keytrail.GetReceipt", input));
    }

    private interface Asking<I, O> {
        O ask(I input) throws IOException;
    }

    private static void time(String what, List<String> inputs, Asking<String, String> asking) throws IOException {
        int count = inputs.size();
        long[] micros = new long[count];
        for (int i = -count / 3; i < count; i++) { // the negative ones warm up
            long begun = System.nanoTime();
            asking.ask(inputs.get(Math.floorMod(i, count)));
            if (i >= 0) {
                micros[i] = (System.nanoTime() - begun) / 1_000;
            }
        }
        Arrays.sort(micros);
        System.out.printf(
                Locale.ROOT,
                "%-13s p50 %6.2f ms  p99 %6.2f ms%n",
                what,
                micros[count / 2] / 1e3,
                micros[count * 99 / 100] / 1e3);
    }

    private static String look(SigningClient client, String input) throws IOException {
        return answered(
                "LookupEvents",
                () -> client.call("cloudtrail", "us-east-1", "CloudTrail_20131101.LookupEvents", input));
    }

    private interface Call {
        SigningClient.Reply make() throws IOException;
    }

    private static String answered(String what, Call call) throws IOException {
        return call.make().answer(what);
    }

    private static String first(String body, String member) {
        return found(body, member, "\"([^\"]*)\"");
    }

    private static String number(String body, String member) {
        return found(body, member, "([0-9]+)");
    }

    private static String found(String body, String member, String value) {
        Matcher match = Pattern.compile("\"" + member + "\":" + value).matcher(body);
        if (!match.find()) {
            throw new OperatorError("the newest event has no " + member);
        }
        return match.group(1);
    }
}
