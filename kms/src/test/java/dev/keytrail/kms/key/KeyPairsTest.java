package dev.keytrail.kms.key;

import static dev.keytrail.kms.key.PlacesTest.assertThrottled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.crypto.Vault;
import dev.keytrail.kms.key.PlacesTest.Holder;
import dev.keytrail.testkit.SeededEntropy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Which work waits for which: making key pairs never holds up their use, nor the other way round. */
class KeyPairsTest {
    /** One may work and one may wait; the next is refused at once. */
    private static Places one() {
        return new Places(1, Duration.ofMinutes(1), 1, () -> 0);
    }

    private final SeededEntropy entropy = new SeededEntropy(7);
    private final AsymmetricKeys asymmetric =
            new AsymmetricKeys(new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy), entropy);
    private final Places using = one();
    private final Places making = one();
    private final KeyPairs pairs = new KeyPairs(asymmetric, using, making);
    private final Key key = key();

    private Key key() {
        AsymmetricKey pair = asymmetric.generate("111122223333", "id", KeyKind.ECC_NIST_P384);
        return new Key(
                "111122223333",
                "us-east-1",
                "id",
                "arn",
                Instant.EPOCH,
                "",
                KeySpec.ECC_NIST_P384,
                KeyUsage.SIGN_VERIFY,
                KeyOrigin.AWS_KMS,
                false,
                false,
                KeyState.ENABLED,
                Optional.empty(),
                Optional.empty(),
                "",
                Tags.NONE,
                List.of(new Material(pair.material(), Material.Standing.CURRENT)),
                Optional.of(pair.publicKey()),
                Optional.empty());
    }

    private Bytes sign() {
        return pairs.sign(key, SignatureScheme.ECDSA_SHA_384, MessageForm.RAW, Secret.adopt(new byte[] {1}));
    }

    @Test
    void sign_whileAllPlacesForMakingAreTaken_goesOn() {
        Holder holder = new Holder(making);
        CompletableFuture<Integer> waiting = PlacesTest.waitingFor(making);
        assertThrottled(() -> pairs.makePlain(KeyKind.ECC_NIST_P256));
        assertThat(sign().isEmpty()).isFalse();
        holder.letGo();
        assertThat(waiting.join()).isEqualTo(2);
    }

    @Test
    void make_whileAllPlacesForUseAreTaken_goesOn_andSlowSignaturesAreThrottled() {
        Holder holder = new Holder(using);
        CompletableFuture<Integer> waiting = PlacesTest.waitingFor(using);
        assertThrottled(this::sign);
        assertThat(pairs.make("111122223333", "other", KeyKind.ECC_NIST_P256).keyId())
                .isEqualTo("other");
        holder.letGo();
        assertThat(waiting.join()).isEqualTo(2);
        assertThat(sign().isEmpty()).isFalse();
    }

    @Test
    void fillPool_whileAClientHasAPairMade_waits() {
        AsymmetricKeys pooling =
                new AsymmetricKeys(new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy), entropy, 1);
        KeyPairs pooled = new KeyPairs(pooling, using, making);
        assertThat(pooled.fillPool()).isTrue();
        Holder holder = new Holder(making);
        assertThat(pooled.fillPool()).isFalse();
        holder.letGo();
    }
}
