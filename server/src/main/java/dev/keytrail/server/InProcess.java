package dev.keytrail.server;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.store.MemoryStore;
import dev.keytrail.store.Store;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A house without socket and threads, on a store in memory or on one that is given: for measuring. */
public final class InProcess implements AutoCloseable {
    private static final String REGION = "us-east-1";

    private final Path folder;
    private final boolean ownFolder;
    private final House house;
    private final SigningClient client;
    private final String account;

    private InProcess(Path folder, boolean ownFolder, House house, SigningClient client, String account) {
        this.folder = folder;
        this.ownFolder = ownFolder;
        this.house = house;
        this.client = client;
        this.account = account;
    }

    public static InProcess open() throws IOException {
        Path folder = Files.createTempDirectory("keytrail-in-process-");
        return open(folder, true, MemoryStore.open(House.tables()), InstantSource.system(), Map.of());
    }

    /**
     * On a store that the caller closes.
     *
     * @param folder for objects and credentials; stays
     * @param settings as given on a command line
     */
    public static InProcess open(Path folder, Store store, InstantSource clock, Map<String, String> settings)
            throws IOException {
        return open(folder, false, store, clock, settings);
    }

    private static InProcess open(
            Path folder, boolean ownFolder, Store store, InstantSource clock, Map<String, String> settings)
            throws IOException {
        Entropy entropy = new SystemEntropy();
        RootKey root = new RootKey(dev.keytrail.call.Secret.adopt(entropy.bytes(32)));
        House house = House.open(new House.Ground(
                store,
                root,
                clock,
                entropy,
                folder.resolve("objects"),
                Runnable::run,
                Settings.load(Optional.empty(), Map.of(), settings)));
        Path credentials = folder.resolve("credentials");
        FirstStart first = FirstStart.of(credentials, store.ledger(), house.bootstrap(), house.recorder(), clock);
        SigningClient client = AccountCommand.signedAs(
                Map.of("AWS_SHARED_CREDENTIALS_FILE", credentials.toString()), URI.create("http://127.0.0.1"), clock);
        return new InProcess(folder, ownFolder, house, client, first.account());
    }

    public String account() {
        return account;
    }

    /** A request as the listener would give it, body apart; good for five minutes. */
    public HttpRequest signed(String service, String target, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        return HttpRequest.local(
                "POST", "/", "", HttpRequest.Header.all(client.headers(service, REGION, target, body)), body);
    }

    /** Answers a signed request, as often as it is asked: a body can be read once. */
    public HttpReply answer(HttpRequest signed, byte[] body) {
        return house.answer(
                HttpRequest.local(signed.method(), signed.rawPath(), signed.rawQuery(), signed.headers(), body));
    }

    /** The answer to a JSON call, which must go well. */
    public String call(String service, String target, String json) {
        return content(answer(signed(service, target, json), json.getBytes(StandardCharsets.UTF_8)))
                .utf8();
    }

    /**
     * The answer to an S3 call, which must go well.
     *
     * @param query percent-encoded, its parameters sorted
     */
    public Answered s3(String method, String path, String query, String body) {
        return s3(method, path, query, Map.of(), body);
    }

    /** @param more headers, by their names in lower case */
    public Answered s3(String method, String path, String query, Map<String, String> more, String body) {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        Map<String, String> signed = client.s3Headers(REGION, method, path, query, more, bytes);
        HttpReply reply = house.answer(HttpRequest.local(method, path, query, HttpRequest.Header.all(signed), bytes));
        return new Answered(reply.headers(), content(reply));
    }

    /** An answer of S3. */
    public record Answered(List<HttpRequest.Header> headers, Bytes body) {
        public Answered {
            headers = List.copyOf(headers);
        }

        /** @param name in lower case */
        public Optional<String> header(String name) {
            return headers.stream()
                    .filter(header -> header.name().toLowerCase(Locale.ROOT).equals(name))
                    .map(HttpRequest.Header::value)
                    .findFirst();
        }
    }

    private static Bytes content(HttpReply reply) {
        Bytes body = switch (reply.payload()) {
            case HttpReply.Inline inline -> inline.bytes();
            case HttpReply.Announced _ -> Bytes.EMPTY;
            case HttpReply.Streamed streamed -> {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try {
                    streamed.writer().writeTo(out);
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
                yield Bytes.adopt(out.toByteArray());
            }
        };
        if (reply.status() >= 300) {
            throw new IllegalStateException("HTTP " + reply.status() + ": " + body.utf8());
        }
        return body;
    }

    /** Runs a step once. Returns how long it wants to wait. */
    public Duration step(String name) {
        return house.steps().stream()
                .filter(step -> step.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no step " + name))
                .run()
                .get();
    }

    /** Ledger records that the trail which is farthest behind has still to look at. */
    public long undelivered() {
        return house.vitals().audit().delivery().status().backlogRecords();
    }

    /** The id of a fresh key. */
    public String createKey() {
        return call("kms", "TrentService.CreateKey", "{}").replaceAll("(?s).*\"KeyId\":\"([^\"]*)\".*", "$1");
    }

    @Override
    public void close() throws IOException {
        if (ownFolder) {
            Directories.deleteTree(folder);
        }
    }
}
