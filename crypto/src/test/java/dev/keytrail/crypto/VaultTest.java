package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;

class VaultTest {
    private static final byte[] ROOT = new TestEntropy(1).bytes(32);
    private final Vault vault = new Vault(new RootKey(Secret.copyOf(ROOT)), new TestEntropy(2));

    @Test
    void wrapped_underItsName_unwraps() {
        for (int size : new int[] {0, 1, 32, 1704, 65536}) {
            byte[] content = new TestEntropy(size).bytes(size);
            Bytes wrapped = vault.wrap(Secret.copyOf(content), "this/one");
            assertThat(wrapped.size()).isEqualTo(size + Vault.OVERHEAD_BYTES);
            assertThat(vault.unwrap(wrapped, "this/one").orElseThrow().reveal()).isEqualTo(content);
        }
    }

    @Test
    void sealed_statement_opensAsAStatementOnly() {
        Bytes statement = Bytes.utf8("who, until when");
        Bytes sealed = vault.seal(statement, "token");
        assertThat(vault.open(sealed, "token")).contains(statement);
        assertThat(vault.open(sealed, "other")).isEmpty();
        assertThat(vault.unwrap(sealed, "token")).isEmpty();
        assertThat(vault.open(vault.wrap(Secret.copyOf(new byte[40]), "token"), "token"))
                .isEmpty();
    }

    @Test
    void wrapped_twice_differs() {
        Secret secret = Secret.copyOf(new byte[32]);
        assertThat(vault.wrap(secret, "a")).isNotEqualTo(vault.wrap(secret, "a"));
    }

    @Test
    void wrapped_underAnotherNameOrRoot_staysShut() {
        Bytes wrapped = vault.wrap(Secret.copyOf(new byte[32]), "a?");
        assertThat(vault.unwrap(wrapped, "a")).isEmpty();
        assertThat(vault.unwrap(wrapped, "a\ud800")).isEmpty();
        assertThat(vault.unwrap(wrapped, "")).isEmpty();
        Vault other = new Vault(new RootKey(Secret.copyOf(new byte[32])), new TestEntropy(3));
        assertThat(other.unwrap(wrapped, "a?")).isEmpty();
    }

    @Test
    void wrapped_anyBitChangedOrLengthOff_staysShut() {
        byte[] wrapped = vault.wrap(Secret.copyOf("secret".getBytes(StandardCharsets.UTF_8)), "n")
                .toArray();
        for (int bit = 0; bit < wrapped.length * 8; bit++) {
            byte[] altered = wrapped.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(vault.unwrap(Bytes.copyOf(altered), "n"))
                    .as("bit %d", bit)
                    .isEmpty();
        }
        for (int size = 0; size < wrapped.length; size++) {
            assertThat(vault.unwrap(Bytes.copyOf(wrapped).slice(0, size), "n"))
                    .as("size %d", size)
                    .isEmpty();
        }
        assertThat(vault.unwrap(Bytes.copyOf(Arrays.copyOf(wrapped, wrapped.length + 1)), "n"))
                .isEmpty();
    }

    /** The published shape, by the JDK's own HKDF: whoever holds root key and file can always get at the secret. */
    @Test
    void wrapped_byTheBook_opens() throws Exception {
        byte[] secret = new TestEntropy(4).bytes(32);
        byte[] wrapped = vault.wrap(Secret.copyOf(secret), "name").toArray();
        byte[] info = new byte[16 + 16];
        System.arraycopy("keytrail wrap 1 ".getBytes(StandardCharsets.US_ASCII), 0, info, 0, 16);
        System.arraycopy(wrapped, 1, info, 16, 16);
        byte[] key = KDF.getInstance("HKDF-SHA256")
                .deriveData(HKDFParameterSpec.ofExtract()
                        .addSalt("keytrail vault 1".getBytes(StandardCharsets.US_ASCII))
                        .addIKM(ROOT)
                        .thenExpand(info, 32));
        Cipher gcm = Cipher.getInstance("AES/GCM/NoPadding");
        gcm.init(Cipher.DECRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, new byte[12]));
        gcm.updateAAD(wrapped, 0, 17);
        gcm.updateAAD("name".getBytes(StandardCharsets.UTF_8));
        assertThat(gcm.doFinal(wrapped, 17, wrapped.length - 17)).isEqualTo(secret);
    }
}
