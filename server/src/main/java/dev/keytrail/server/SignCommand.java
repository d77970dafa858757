package dev.keytrail.server;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * The bench's ammunition: keys, and a Lua script for wrk with signed Encrypt requests over them. Each request differs; a
 * signature is good for five minutes, so a load run starts right after.
 */
@Command(name = "sign", hidden = true, description = "Write signed requests for the bench.")
final class SignCommand implements Callable<Integer> {
    @Option(names = "--endpoint", required = true)
    private URI endpoint = URI.create("http://127.0.0.1:7480");

    @Option(names = "--keys", defaultValue = "1", description = "How many keys to make and use")
    private int keys;

    @Option(names = "--ids", description = "Use the keys whose ids this file holds, one a line, instead of making some")
    private Optional<Path> known = Optional.empty();

    @Option(names = "--requests", defaultValue = "1000", description = "How many different requests")
    private int requests;

    @Option(names = "--bytes", defaultValue = "100", description = "Size of the plaintext")
    private int bytes;

    @Option(names = "--work", defaultValue = "ENCRYPT", description = "What to call: ${COMPLETION-CANDIDATES}")
    private Work work = Work.ENCRYPT;

    @Option(names = "--out", required = true, description = "The Lua file")
    private Path out = Path.of("requests.lua");

    /** What the requests ask for, and the key that it needs. */
    private enum Work {
        ENCRYPT("Encrypt", "{}"),
        DECRYPT("Decrypt", "{}"),
        DATA_KEY("GenerateDataKey", "{}"),
        MAC("GenerateMac", "{\"KeySpec\":\"HMAC_256\",\"KeyUsage\":\"GENERATE_VERIFY_MAC\"}"),
        SIGN_P256("Sign", "{\"KeySpec\":\"ECC_NIST_P256\",\"KeyUsage\":\"SIGN_VERIFY\"}"),
        SIGN_RSA("Sign", "{\"KeySpec\":\"RSA_2048\",\"KeyUsage\":\"SIGN_VERIFY\"}");

        private final String operation;
        private final String key;

        Work(String operation, String key) {
            this.operation = operation;
            this.key = key;
        }

        /** @param data Base64 of what is to be worked on; for Decrypt the ciphertext */
        String body(String keyId, String data, int number) {
            String name = "{\"KeyId\":\"" + keyId + "\",";
            String context = "\"EncryptionContext\":{\"purpose\":\"bench " + number + "\"}}";
            return switch (this) {
                case ENCRYPT -> name + "\"Plaintext\":\"" + data + "\"," + context;
                case DECRYPT -> name + "\"CiphertextBlob\":\"" + data + "\"," + context;
                case DATA_KEY -> name + "\"KeySpec\":\"AES_256\"," + context;
                case MAC -> name + "\"MacAlgorithm\":\"HMAC_SHA_256\",\"Message\":\"" + data + "\"}";
                case SIGN_P256 -> name + "\"SigningAlgorithm\":\"ECDSA_SHA_256\",\"Message\":\"" + data + "\"}";
                case SIGN_RSA -> name + "\"SigningAlgorithm\":\"RSASSA_PSS_SHA_256\",\"Message\":\"" + data + "\"}";
            };
        }
    }

    private static final String TAIL = """
            local i = 0
            function request()
              i = i + 1
              if i > #ready then i = 1 end
              return ready[i]
            end
            function init(args)
              ready = {}
              for n, r in ipairs(raw) do
                ready[n] = wrk.format("POST", "/", r.headers, r.body)
              end
              i = math.floor(#ready * math.random())
            end
            function done(summary, latency, requests)
              local bad = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
              io.write(string.format("RESULT rate=%.0f p50=%.2f p99=%.2f p999=%.2f calls=%d errors=%d\\n",
                summary.requests / summary.duration * 1e6, latency:percentile(50) / 1000, latency:percentile(99) / 1000,
                latency:percentile(99.9) / 1000, summary.requests, bad))
            end
            """;

    @Override
    public Integer call() throws IOException {
        SigningClient client = AccountCommand.signedAs(System.getenv(), endpoint);
        List<String> ids = known.isPresent() ? Files.readAllLines(known.get()) : made(client);
        // Of more keys than requests, those that come by chance: the same at each run.
        SplittableRandom random = new SplittableRandom(keys);
        StringBuilder lua = new StringBuilder("raw = {}\n");
        byte[] plaintext = new byte[bytes];
        for (int i = 0; i < requests; i++) {
            plaintext[0] = (byte) i;
            String id = ids.get(ids.size() <= requests ? i % ids.size() : random.nextInt(ids.size()));
            String data = Base64.getEncoder().encodeToString(plaintext);
            if (work == Work.DECRYPT) {
                data = member(ask(client, "Encrypt", Work.ENCRYPT.body(id, data, i)), "CiphertextBlob");
            }
            String body = work.body(id, data, i);
            Map<String, String> headers = client.headers(
                    "kms", "us-east-1", "TrentService." + work.operation, body.getBytes(StandardCharsets.UTF_8));
            lua.append("raw[").append(i + 1).append("] = {headers = {");
            headers.forEach(
                    (name, value) -> lua.append(String.format(Locale.ROOT, "[\"%s\"] = \"%s\", ", name, value)));
            lua.append("}, body = '").append(body).append("'}\n");
        }
        Files.writeString(out, lua.append(TAIL));
        System.out.println(String.join("\n", ids));
        return 0;
    }

    private List<String> made(SigningClient client) throws IOException {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < keys; i++) {
            ids.add(member(ask(client, "CreateKey", work.key), "KeyId"));
        }
        return ids;
    }

    private static String ask(SigningClient client, String operation, String input) throws IOException {
        return client.call("kms", "us-east-1", "TrentService." + operation, input)
                .answer(operation);
    }

    private static String member(String body, String name) {
        return body.replaceAll("(?s).*\"" + name + "\":\"([^\"]*)\".*", "$1");
    }
}
