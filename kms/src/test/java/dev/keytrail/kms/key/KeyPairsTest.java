package dev.keytrail.kms.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Refused;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.AsymmetricKey;
import dev.keytrail.crypto.AsymmetricKeys;
import dev.keytrail.crypto.KeyKind;
import dev.keytrail.crypto.MessageForm;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.SignatureScheme;
import dev.keytrail.crypto.Vault;
import dev.keytrail.testkit.SeededEntropy;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which work waits for which: making key pairs never holds up their use, nor the other way round. */
class KeyPairsTest {
    private static final Duration AT_ONCE = Duration.ofMillis(1);

    private final SeededEntropy entropy = new SeededEntropy(7);
    private final AsymmetricKeys asymmetric =
            new AsymmetricKeys(new Vault(new RootKey(Secret.adopt(entropy.bytes(32))), entropy), entropy);
    private final Places using = new Places(1, AT_ONCE);
    private final Places making = new Places(1, AT_ONCE);
    private final KeyPairs pairs = new KeyPairs(asymmetric, using, making);
    private final Key key = key();

    private Key key() {
        AsymmetricKey pair = asymmetric.generate("111122223333", "id", KeyKind.ECC_NIST_P256);
        return new Key(
                "111122223333",
                "us-east-1",
                "id",
                "arn",
                Instant.EPOCH,
                "",
                KeySpec.ECC_NIST_P256,
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
                Optional.of(pair.publicKey()));
    }

    private Bytes sign() {
        return pairs.sign(key, SignatureScheme.ECDSA_SHA_256, MessageForm.RAW, Secret.adopt(new byte[] {1}));
    }

    @Test
    void sign_whileAllPlacesForMakingAreTaken_goesOn() {
        Bytes signature = making.run(() -> {
            assertThrottled(() -> pairs.makePlain(KeyKind.ECC_NIST_P256));
            return sign();
        });
        assertThat(signature.isEmpty()).isFalse();
    }

    @Test
    void make_whileAllPlacesForUseAreTaken_goesOn_andSignaturesAreThrottled() {
        AsymmetricKey made = using.run(() -> {
            assertThrottled(this::sign);
            return pairs.make("111122223333", "other", KeyKind.ECC_NIST_P256);
        });
        assertThat(made.keyId()).isEqualTo("other");
        assertThat(sign().isEmpty()).isFalse();
    }

    private static void assertThrottled(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(Refused.class, refused -> {
            assertThat(refused.error().code()).isEqualTo("ThrottlingException");
            assertThat(refused.error().status()).isEqualTo(400);
        });
    }
}
