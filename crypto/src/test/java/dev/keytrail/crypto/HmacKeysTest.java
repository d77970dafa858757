package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HmacKeysTest {
    private static final String ACCOUNT = "111122223333";
    private static final String KEY = "1234abcd-12ab-34cd-56ef-1234567890ab";

    private final HmacKeys keys =
            new HmacKeys(new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(1)), new TestEntropy(2));

    @ParameterizedTest
    @EnumSource(MacScheme.class)
    void mac_verifiesAndNothingElseDoes(MacScheme scheme) {
        KeyKind kind =
                Arrays.stream(KeyKind.values()).filter(scheme::fits).findFirst().orElseThrow();
        WrappedMaterial material = keys.generate(ACCOUNT, KEY, kind);
        Secret message = Secret.copyOf(new TestEntropy(3).bytes(4096));
        byte[] mac = keys.mac(ACCOUNT, KEY, material, scheme, message).toArray();
        assertThat(mac).hasSize(HmacKeys.materialBytes(kind));
        assertThat(keys.verify(ACCOUNT, KEY, material, scheme, message, Bytes.copyOf(mac)))
                .isTrue();
        for (int at = 0; at < mac.length; at++) {
            byte[] altered = mac.clone();
            altered[at] ^= 1;
            assertThat(keys.verify(ACCOUNT, KEY, material, scheme, message, Bytes.copyOf(altered)))
                    .isFalse();
        }
        for (int size : new int[] {0, mac.length - 1, mac.length + 1}) {
            assertThat(keys.verify(ACCOUNT, KEY, material, scheme, message, Bytes.copyOf(Arrays.copyOf(mac, size))))
                    .isFalse();
        }
        WrappedMaterial other = keys.generate(ACCOUNT, KEY, kind);
        assertThat(keys.verify(ACCOUNT, KEY, other, scheme, message, Bytes.copyOf(mac)))
                .isFalse();
        assertThat(keys.verify(ACCOUNT, KEY, material, scheme, Secret.copyOf(new byte[4096]), Bytes.copyOf(mac)))
                .isFalse();
    }

    @Test
    void material_ofAnotherLengthOrOwner_isRefused() {
        assertThatThrownBy(() -> keys.wrap(ACCOUNT, KEY, KeyKind.HMAC_256, Secret.copyOf(new byte[28])))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> keys.generate(ACCOUNT, KEY, KeyKind.RSA_2048))
                .isInstanceOf(IllegalArgumentException.class);
        WrappedMaterial material = keys.generate(ACCOUNT, KEY, KeyKind.HMAC_256);
        Secret message = Secret.copyOf(new byte[1]);
        keys.mac(ACCOUNT, KEY, material, MacScheme.HMAC_SHA_256, message);
        assertThatThrownBy(() -> keys.mac("999999999999", KEY, material, MacScheme.HMAC_SHA_256, message))
                .isInstanceOf(IllegalStateException.class);
    }
}
