package dev.keytrail.bench;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
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
 * The cryptography of the symmetric operations by the JDK's providers alone, without any of our code: what remains of a
 * call when all else costs nothing. {@code -t 1} for one core, {@code -t 2} for two.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(
        value = 1,
        jvmArgsAppend = {"-Xmx1g", "-XX:+UseParallelGC"})
public class JcaParts {
    private static final String GCM = "AES/GCM/NoPadding";
    private static final int NONCE_BYTES = 12;
    private static final int TAG_BITS = 128;

    private final SecureRandom random = new SecureRandom();
    private final SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
    private final SecretKeySpec macKey = new SecretKeySpec(new byte[32], "HmacSHA256");
    private final byte[] plaintext = new byte[100];
    private byte[] nonce = new byte[NONCE_BYTES];
    private byte[] sealed = new byte[0];

    @Setup
    public void open() throws GeneralSecurityException {
        sealed = encrypt();
    }

    @Benchmark
    public byte[] encrypt() throws GeneralSecurityException {
        return seal(plaintext);
    }

    @Benchmark
    public byte[] decrypt() throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance(GCM);
        cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, nonce));
        return cipher.doFinal(sealed);
    }

    @Benchmark
    public byte[] dataKey() throws GeneralSecurityException {
        byte[] fresh = new byte[32];
        random.nextBytes(fresh);
        return seal(fresh);
    }

    @Benchmark
    public byte[] mac() throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(macKey);
        return mac.doFinal(plaintext);
    }

    /** The nonce of the first one stays that of {@link #sealed}; later ones are drawn as an encryption has to. */
    private byte[] seal(byte[] content) throws GeneralSecurityException {
        byte[] drawn = new byte[NONCE_BYTES];
        random.nextBytes(drawn);
        if (sealed.length == 0) {
            nonce = drawn;
        }
        Cipher cipher = Cipher.getInstance(GCM);
        cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG_BITS, drawn));
        return cipher.doFinal(content);
    }
}
