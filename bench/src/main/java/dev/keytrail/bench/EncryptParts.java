package dev.keytrail.bench;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.call.Service;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SymmetricKeys;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.Vault;
import dev.keytrail.crypto.WrappedMaterial;
import dev.keytrail.server.HttpReply;
import dev.keytrail.server.HttpRequest;
import dev.keytrail.server.InProcess;
import dev.keytrail.wire.OperationModel;
import dev.keytrail.wire.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What the steps of an Encrypt of 100 bytes cost, and all of them together on a store in memory. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx3g", "-XX:+UseParallelGC"})
public class EncryptParts {
    private static final String ACCOUNT = "111122223333";
    private static final String KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab";

    private final SystemEntropy entropy = new SystemEntropy();
    private final Map<String, String> context = Map.of("purpose", "bench");
    private final OperationModel encrypt =
            Wire.model(Service.KMS).operation("Encrypt").orElseThrow();

    private Optional<InProcess> house = Optional.empty();
    private Optional<HttpRequest> request = Optional.empty();
    private Optional<Symmetric> symmetric = Optional.empty();
    private byte[] body = new byte[0];

    /** The symmetric key service with one key. */
    private record Symmetric(SymmetricKeys keys, WrappedMaterial material, Bytes sealed) {}

    /** Anew for each iteration, because the store in memory keeps every record. */
    @Setup(Level.Iteration)
    public void open() throws IOException {
        SymmetricKeys keys =
                new SymmetricKeys(new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy), entropy);
        WrappedMaterial material = keys.generate(ACCOUNT, KEY_ID);
        Bytes sealed = keys.seal(ACCOUNT, KEY_ID, material, Secret.adopt(new byte[100]), context);
        symmetric = Optional.of(new Symmetric(keys, material, sealed));
        InProcess opened = InProcess.open();
        house = Optional.of(opened);
        String id = opened.createKey();
        String json = "{\"KeyId\":\"" + id + "\",\"Plaintext\":\"" + "QUFB".repeat(33)
                + "QQ==\",\"EncryptionContext\":{\"purpose\":\"bench\"}}";
        body = json.getBytes(StandardCharsets.UTF_8);
        request = Optional.of(opened.signed("kms", "TrentService.Encrypt", json));
    }

    @TearDown(Level.Iteration)
    public void close() throws IOException {
        house.orElseThrow().close();
    }

    @Benchmark
    public Bytes seal() {
        Symmetric s = symmetric.orElseThrow();
        return s.keys().seal(ACCOUNT, KEY_ID, s.material(), Secret.adopt(new byte[100]), context);
    }

    @Benchmark
    public Optional<Secret> unseal() {
        Symmetric s = symmetric.orElseThrow();
        return s.keys().open(ACCOUNT, KEY_ID, s.material(), s.sealed(), context);
    }

    @Benchmark
    public Object decodeRequest() {
        return encrypt.decodeJson(body, body.length);
    }

    /** Everything but the socket and the disk: routing, SigV4, decoding, authorisation, sealing, event, commit. */
    @Benchmark
    public HttpReply wholeCallInMemory() {
        return house.orElseThrow().answer(request.orElseThrow(), body);
    }
}
