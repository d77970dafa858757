package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Bytes from outside never throw, and what is taken survives a round trip. Runs over its inputs with the other tests; with
 * {@code JAZZER_FUZZ=1} it looks for more.
 */
class ParsersFuzzTest {
    private static final String ACCOUNT = "111122223333";
    private static final String KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private static final Vault VAULT = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1));

    @FuzzTest(maxDuration = "20s")
    void ciphertextHeader(byte[] input) {
        Optional<CiphertextHeader> header = CiphertextHeader.parse(Bytes.copyOf(input));
        header.ifPresent(parsed -> assertThat(Bytes.copyOf(parsed.encoded()))
                .isEqualTo(Bytes.copyOf(input).slice(0, CiphertextHeader.SIZE_BYTES)));
    }

    @FuzzTest(maxDuration = "20s")
    void attestationDocument(byte[] input) {
        Cbor.read(Bytes.copyOf(input));
        assertThat(Attestations.NONE.verify(Bytes.copyOf(input), Instant.EPOCH)).isEmpty();
    }

    @FuzzTest(maxDuration = "20s")
    void privateKey(byte[] input) {
        for (KeyKind kind : KeyKind.values()) {
            KeyForms.readPrivate(kind, input).ifPresent(key -> {
                PlainKeyPair pair = KeyForms.canonical(key);
                assertThat(KeyForms.readPrivate(kind, pair.privateKey().reveal()))
                        .isPresent();
                assertThat(KeyForms.readPublic(kind, pair.publicKey().toArray()))
                        .isPresent();
            });
        }
    }

    @FuzzTest(maxDuration = "20s")
    void publicKey(byte[] input) throws Exception {
        for (KeyKind kind : KeyKind.values()) {
            var key = KeyForms.readPublic(kind, input);
            if (key.isPresent()) {
                assertThat(KeyForms.readPublic(kind, KeyForms.encodedPublic(key.get())))
                        .isPresent();
            }
        }
    }

    /** The same parsers over keys with a few bytes changed, so that an ordinary run goes deeper than the stored inputs. */
    @Test
    void keysAndCiphertexts_mutated_neverThrow() throws Exception {
        long seed = 42;
        SplittableRandom random = new SplittableRandom(seed);
        AsymmetricKeys keys = new AsymmetricKeys(VAULT, new TestEntropy(2));
        SymmetricKeys symmetric = new SymmetricKeys(VAULT, new TestEntropy(3));
        Bytes sealed =
                symmetric.seal(ACCOUNT, KEY, symmetric.generate(ACCOUNT, KEY), Secret.copyOf(new byte[9]), Map.of());
        for (KeyKind kind : KeyKind.values()) {
            if (kind.family() == KeyKind.Family.HMAC || kind.family() == KeyKind.Family.RSA && kind.size() > 2048) {
                continue;
            }
            PlainKeyPair pair = keys.generatePair(kind);
            for (int round = 0; round < 60; round++) {
                privateKey(mutated(pair.privateKey().reveal(), random));
                publicKey(mutated(pair.publicKey().toArray(), random));
                ciphertextHeader(mutated(sealed.toArray(), random));
            }
        }
    }

    private static byte[] mutated(byte[] source, SplittableRandom random) {
        byte[] out = Arrays.copyOf(source, Math.max(0, source.length + random.nextInt(-1, 2)));
        for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
            // Towards the front, where the structure is.
            int at = random.nextBoolean() ? random.nextInt(Math.min(40, out.length)) : random.nextInt(out.length);
            out[at] = (byte) random.nextInt();
        }
        return out;
    }
}
