package dev.keytrail.server;

import dev.keytrail.audit.chain.FolderDisk;
import dev.keytrail.audit.chain.VerifierKeys;
import dev.keytrail.audit.chain.Witness;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.crypto.FileCustody;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.Vault;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * A witness to run on another machine, by other people: its own directory, its own keys, nothing shared with the servers
 * whose logs it watches. Speaks C2SP tlog-witness; needs no credentials, since the logs sign what they show.
 */
@Command(
        name = "witness",
        description = "Run a witness: cosigns the checkpoints of logs that only ever grow.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class WitnessCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(WitnessCommand.class);
    private static final Pattern CHECKPOINT = Pattern.compile("/([0-9a-f]{64})/checkpoint");
    private static final int CONNECTIONS_MAX = 256;
    private static final int PORT_DEFAULT = 7481;

    @Option(names = "--data", required = true, paramLabel = "DIR", description = "The witness' own directory")
    private Path data = Path.of(".");

    @Option(
            names = "--log",
            required = true,
            paramLabel = "KEY",
            description =
                    "Verifier keys of a log to watch (text, or a file of them, one a line); may be given many times")
    private List<String> logs = new ArrayList<>();

    @Option(names = "--name", description = "The witness' name, taken at its first start, e.g. witness.example.org/w1")
    private String name = "";

    @Option(names = "--port", paramLabel = "N", description = "Port to listen on (default: 7481; 0: a free one)")
    private int port = PORT_DEFAULT;

    @Option(names = "--host", paramLabel = "ADDR", description = "Address to bind (default: 127.0.0.1)")
    private String host = "127.0.0.1";

    @Override
    public Integer call() throws IOException, InterruptedException {
        Directories.createPrivate(data);
        try (FileChannel channel =
                        FileChannel.open(data.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                throw new OperatorError("the witness in " + data + " is in use by another process");
            }
            Witness witness = open();
            try (Listener listener = Listener.open(host, port, CONNECTIONS_MAX, http -> answer(witness, http))) {
                System.out.println("Keytrail witness; its verifier keys:");
                System.out.println(witness.verifierKeys().text());
                System.out.println(
                        "ready http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + listener.port());
                System.out.flush();
                CountDownLatch stop = new CountDownLatch(1);
                Runtime.getRuntime().addShutdownHook(new Thread(stop::countDown));
                stop.await();
            }
        }
        return 0;
    }

    private Witness open() throws IOException {
        Entropy entropy = new SystemEntropy();
        // A witness that has forgotten its keys must not become another one unseen.
        RootKey root = FileCustody.open(data.resolve("root.key"), !Files.exists(data.resolve("key")), entropy);
        List<VerifierKeys> keys = new ArrayList<>();
        for (String log : logs) {
            keys.add(keys(log));
        }
        return Witness.open(
                new FolderDisk(data),
                new Vault(root, entropy),
                entropy,
                Optional.of(name).filter(given -> !given.isEmpty()),
                keys);
    }

    /** Keys as text, or a file that holds them. */
    static VerifierKeys keys(String given) throws IOException {
        Optional<VerifierKeys> keys = VerifierKeys.parse(given);
        if (keys.isEmpty() && given.length() < 4096 && Files.isRegularFile(Path.of(given))) {
            try (var in = Files.newInputStream(Path.of(given))) {
                keys = VerifierKeys.parse(new String(in.readNBytes(64 << 10), StandardCharsets.UTF_8));
            }
        }
        return keys.orElseThrow(() -> new OperatorError(
                "'" + given + "' is no verifier key (name+hash+base64), and no file of such keys, one a line"));
    }

    private static HttpReply answer(Witness witness, HttpRequest http) {
        try {
            return reply(ask(witness, http));
        } catch (IOException e) {
            throw new UncheckedIOException(e); // the client went away
        } catch (RuntimeException e) {
            LOG.error("nothing was cosigned", e);
            return text(500, "text/plain; charset=utf-8", "the witness has failed; nothing was cosigned\n");
        }
    }

    private static Witness.Reply ask(Witness witness, HttpRequest http) throws IOException {
        Matcher checkpoint = CHECKPOINT.matcher(http.rawPath());
        if (checkpoint.matches()) {
            return http.method().equals("GET")
                    ? witness.checkpoint(checkpoint.group(1))
                    : new Witness.Reply.Refusal(405, "GET only");
        }
        if (!http.rawPath().equals("/add-checkpoint")) {
            return new Witness.Reply.Refusal(404, "not found");
        }
        if (!http.method().equals("POST")) {
            return new Witness.Reply.Refusal(405, "POST only");
        }
        byte[] body = http.body().readNBytes(Witness.REQUEST_BYTES_MAX + 1);
        return body.length > Witness.REQUEST_BYTES_MAX
                ? new Witness.Reply.Refusal(413, "too large")
                : witness.addCheckpoint(
                        Bytes.adopt(body), InstantSource.system().instant());
    }

    private static HttpReply reply(Witness.Reply reply) {
        return switch (reply) {
            case Witness.Reply.Text(String body) -> text(200, "text/plain; charset=utf-8", body);
            case Witness.Reply.Conflict(long size) -> text(409, "text/x.tlog.size", size + "\n");
            case Witness.Reply.Refusal(int status, String why) -> text(status, "text/plain; charset=utf-8", why + "\n");
        };
    }

    private static HttpReply text(int status, String type, String body) {
        return HttpReply.of(status, List.of(new HttpRequest.Header("Content-Type", type)), Bytes.utf8(body));
    }
}
