package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Secret;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KeyPoolTest {
    private final Vault vault = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1));

    @Test
    void pool_isFilledKindByKind_andBounded() {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2), Algorithms::fastest, 1);
        assertThat(keys.fillPool()).isTrue();
        assertThat(keys.fillPool()).isTrue();
        assertThat(keys.fillPool()).isTrue();
        assertThat(keys.fillPool()).as("one of each of three kinds").isFalse();
        AsymmetricKey taken = keys.generate("111122223333", "id", KeyKind.RSA_2048);
        assertThat(taken.kind()).isEqualTo(KeyKind.RSA_2048);
        assertThat(keys.fillPool()).as("room for the one that was taken").isTrue();
        assertThat(keys.fillPool()).isFalse();
    }

    @Test
    void pairs_areTakenOnce_andWorkAsAnyOther() {
        AsymmetricKeys keys = new AsymmetricKeys(vault, new TestEntropy(2), Algorithms::fastest, 2);
        while (keys.fillPool()) {
            // Until it is full.
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            AsymmetricKey key = keys.generate("111122223333", "id" + i, KeyKind.RSA_2048);
            assertThat(seen.add(key.publicKey().hex())).isTrue();
            Secret message = Secret.copyOf(new byte[] {1, 2, 3});
            var signature = keys.sign(key, SignatureScheme.RSASSA_PSS_SHA_256, MessageForm.RAW, message);
            assertThat(keys.verify(
                            key.kind(),
                            key.publicKey(),
                            SignatureScheme.RSASSA_PSS_SHA_256,
                            MessageForm.RAW,
                            message,
                            signature))
                    .isTrue();
        }
        assertThat(keys.generatePair(KeyKind.RSA_3072).publicKey().isEmpty()).isFalse();
    }

    @Test
    void withoutAPool_nothingIsMadeAhead() {
        assertThat(new AsymmetricKeys(vault, new TestEntropy(2)).fillPool()).isFalse();
    }
}
