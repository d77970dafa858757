package dev.keytrail.server;

import dev.keytrail.call.Entropy;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.store.MemoryStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A house on a store in memory, without socket, thread or disk: for measuring. */
public final class InProcess implements AutoCloseable {
    private final Path folder;
    private final House house;
    private final SigningClient client;

    private InProcess(Path folder, House house, SigningClient client) {
        this.folder = folder;
        this.house = house;
        this.client = client;
    }

    public static InProcess open() throws IOException {
        Path folder = Files.createTempDirectory("keytrail-in-process-");
        Entropy entropy = new SystemEntropy();
        InstantSource clock = InstantSource.system();
        MemoryStore store = MemoryStore.open(House.tables());
        RootKey root = new RootKey(dev.keytrail.call.Secret.adopt(entropy.bytes(32)));
        House house = House.open(new House.Ground(
                store,
                root,
                clock,
                entropy,
                folder.resolve("objects"),
                Runnable::run,
                Settings.load(Optional.empty(), Map.of(), Map.of())));
        Path credentials = folder.resolve("credentials");
        FirstStart.of(credentials, store.ledger(), house.bootstrap(), house.recorder(), clock);
        SigningClient client = AccountCommand.signedAs(
                Map.of("AWS_SHARED_CREDENTIALS_FILE", credentials.toString()), URI.create("http://127.0.0.1"));
        return new InProcess(folder, house, client);
    }

    /** A request as the listener would give it, body apart; good for five minutes. */
    public HttpRequest signed(String service, String target, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        List<HttpRequest.Header> headers = new ArrayList<>();
        client.headers(service, "us-east-1", target, body)
                .forEach((name, value) ->
                        headers.add(new HttpRequest.Header(name.toLowerCase(java.util.Locale.ROOT), value)));
        return new HttpRequest(
                "POST",
                "/",
                "",
                headers,
                InputStream.nullInputStream(),
                body.length,
                "127.0.0.1",
                Optional.empty(),
                Optional.empty());
    }

    public HttpReply answer(HttpRequest head, byte[] body) {
        return house.answer(new HttpRequest(
                head.method(),
                head.rawPath(),
                head.rawQuery(),
                head.headers(),
                new ByteArrayInputStream(body),
                body.length,
                head.remoteAddress(),
                head.tlsVersion(),
                head.cipherSuite()));
    }

    /** The id of a fresh key. */
    public String createKey() {
        HttpReply reply = answer(signed("kms", "TrentService.CreateKey", "{}"), "{}".getBytes(StandardCharsets.UTF_8));
        if (reply.payload() instanceof HttpReply.Inline inline) {
            return inline.bytes().utf8().replaceAll("(?s).*\"KeyId\":\"([^\"]*)\".*", "$1");
        }
        throw new IllegalStateException("no key");
    }

    @Override
    public void close() throws IOException {
        Directories.deleteTree(folder);
    }
}
