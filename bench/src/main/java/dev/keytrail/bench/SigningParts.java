package dev.keytrail.bench;

import com.amazon.corretto.crypto.provider.AmazonCorrettoCryptoProvider;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.crypto.SystemEntropy;
import dev.keytrail.crypto.Vault;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Signatures over 100 bytes: what the provider gives by itself, with a key that is parsed once, beside what our own entry
 * point gives. {@code -t 1} for one core, {@code -t 2} for two.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseParallelGC"})
public class SigningParts {
    private static final String ACCOUNT = "111122223333";
    private static final String KEY_ID = "1234abcd-12ab-34cd-56ef-1234567890ab";

    private final Provider provider = AmazonCorrettoCryptoProvider.INSTANCE;
    private final byte[] message = new byte[100];
    private final Bytes bytes = Bytes.copyOf(message);

    private Optional<Prepared> prepared = Optional.empty();

    /** One key of each kind, the provider's and ours. */
    private record Prepared(
            PrivateKey rsa, PrivateKey curve, AsymmetricKeys keys, AsymmetricKey ourRsa, AsymmetricKey ourCurve) {}

    @Setup
    public void open() throws GeneralSecurityException {
        SystemEntropy entropy = new SystemEntropy();
        AsymmetricKeys keys =
                new AsymmetricKeys(new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy), entropy);
        prepared = Optional.of(new Prepared(
                generated("RSA", 2048),
                generated("EC", 256),
                keys,
                keys.generate(ACCOUNT, KEY_ID, KeyKind.RSA_2048),
                keys.generate(ACCOUNT, KEY_ID, KeyKind.ECC_NIST_P256)));
    }

    @Benchmark
    public byte[] rsa2048PssByProvider() throws GeneralSecurityException {
        Signature signature = Signature.getInstance("RSASSA-PSS", provider);
        signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        return signed(signature, prepared.orElseThrow().rsa());
    }

    @Benchmark
    public byte[] p256ByProvider() throws GeneralSecurityException {
        return signed(
                Signature.getInstance("SHA256withECDSA", provider),
                prepared.orElseThrow().curve());
    }

    @Benchmark
    public Bytes rsa2048PssHere() {
        return here(prepared.orElseThrow().ourRsa(), SignatureScheme.RSASSA_PSS_SHA_256);
    }

    @Benchmark
    public Bytes p256Here() {
        return here(prepared.orElseThrow().ourCurve(), SignatureScheme.ECDSA_SHA_256);
    }

    private Bytes here(AsymmetricKey key, SignatureScheme scheme) {
        try (Secret secret = Secret.copyOf(bytes.unsafeArray())) {
            return prepared.orElseThrow().keys().sign(key, scheme, MessageForm.RAW, secret);
        }
    }

    private byte[] signed(Signature signature, PrivateKey key) throws GeneralSecurityException {
        signature.initSign(key);
        signature.update(message);
        return signature.sign();
    }

    private PrivateKey generated(String algorithm, int bits) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm, provider);
        generator.initialize(bits, new SecureRandom());
        return generator.generateKeyPair().getPrivate();
    }
}
