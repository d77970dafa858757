package dev.keytrail.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The bench's calls that look themselves up: callers side by side, each with a key of its own, each call looked for in event
 * history by its key the moment its answer is there. The newest event of that key must be the call.
 *
 * @param calls of all callers together
 */
record OwnLooks(SigningClient client, int calls, int callers) {
    private static final Pattern KEY_ARN = Pattern.compile("\"Arn\":\"([^\"]+)\"");

    /** @param micros of each look-up, shortest first */
    record Result(int missing, List<Long> micros, double seconds) {
        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "%d calls looked up, %d missing; look-up p50 %.2f ms  p99 %.2f ms  most %.2f ms; %.0f calls and look-ups/s",
                    micros.size(),
                    missing,
                    micros.get(micros.size() / 2) / 1e3,
                    micros.get(micros.size() * 99 / 100) / 1e3,
                    micros.getLast() / 1e3,
                    micros.size() / seconds);
        }
    }

    private record Share(int missing, List<Long> micros) {}

    Result run() throws IOException {
        long begun = System.nanoTime();
        List<Share> shares = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(callers)) {
            List<Future<Share>> running = new ArrayList<>();
            for (int caller = 0; caller < callers; caller++) {
                int number = caller;
                int share = calls / callers + (caller < calls % callers ? 1 : 0);
                running.add(threads.submit(() -> caller(number, share)));
            }
            for (Future<Share> each : running) {
                shares.add(each.get());
            }
        } catch (ExecutionException failed) {
            throw new IOException(String.valueOf(failed.getCause()), failed);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IOException(stopped);
        }
        return new Result(
                shares.stream().mapToInt(Share::missing).sum(),
                shares.stream()
                        .flatMap(share -> share.micros().stream())
                        .sorted()
                        .toList(),
                (System.nanoTime() - begun) / 1e9);
    }

    private Share caller(int number, int share) throws IOException {
        Matcher made = KEY_ARN.matcher(ask("kms", "TrentService.CreateKey", "{}"));
        if (!made.find()) {
            throw new OperatorError("CreateKey told no ARN");
        }
        String key = made.group(1);
        String look = "{\"LookupAttributes\":[{\"AttributeKey\":\"ResourceName\",\"AttributeValue\":\"" + key
                + "\"}],\"MaxResults\":1}";
        List<Long> micros = new ArrayList<>(share);
        int missing = 0;
        for (int i = 0; i < share; i++) {
            String mark = number + "-" + i;
            ask(
                    "kms",
                    "TrentService.Encrypt",
                    "{\"KeyId\":\"" + key + "\",\"Plaintext\":\"eA==\",\"EncryptionContext\":{\"mark\":\"" + mark
                            + "\"}}");
            long begun = System.nanoTime();
            String found = ask("cloudtrail", "CloudTrail_20131101.LookupEvents", look);
            micros.add((System.nanoTime() - begun) / 1_000);
            // The event is JSON within JSON.
            missing += found.contains("\\\"mark\\\":\\\"" + mark + "\\\"") ? 0 : 1;
        }
        return new Share(missing, micros);
    }

    private String ask(String service, String target, String input) throws IOException {
        return client.call(service, "us-east-1", target, input).answer(target);
    }
}
