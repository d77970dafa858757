package dev.keytrail.crypto.custody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Bytes;
import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import dev.keytrail.crypto.RootKey;
import dev.keytrail.crypto.Vault;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CustodyTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final SplittableRandom random = new SplittableRandom(9);
    private final Entropy entropy = target -> random.nextBytes(target);
    private final RootKey root = new RootKey(Secret.adopt(entropy.bytes(32)));

    private List<Keeper> keepers() {
        return List.of(
                new Keeper.File("0011223344556677"),
                new Keeper.Passphrase(Stretching.fresh(entropy)),
                Sharing.split(WrappingKey.random(entropy), 2, 3, entropy).keeper(),
                new Keeper.Token(Bytes.utf8("id"), Bytes.utf8("vector"), Bytes.utf8("wrapped")),
                new Keeper.Kms("arn:aws:kms:us-east-1:111122223333:key/x", "c0", Bytes.utf8("blob")));
    }

    @Test
    void row_ofEachKeeper_survivesTheLedger_andOpens() {
        for (Keeper keeper : keepers()) {
            WrappingKey key = WrappingKey.random(entropy);
            Optional<Custody.Rotation> rotation = Optional.of(new Custody.Rotation(NOW, true));
            Custody row = Custody.seal(3, NOW, keeper, key, root.next(entropy), rotation, entropy);
            Custody read = Custody.decode(row.encoded());
            assertThat(read).isEqualTo(row);
            assertThat(read.generation()).isEqualTo(2);
            RootKey opened = read.open(key).orElseThrow();
            Vault before = new Vault(root, entropy);
            assertThat(new Vault(opened, entropy)
                            .unwrap(before.wrap(Secret.copyOf(new byte[] {1, 2}), "n"), "n")
                            .orElseThrow()
                            .reveal())
                    .isEqualTo(new byte[] {1, 2});
        }
    }

    /** Whoever alters keeper, epoch or sealed keys, or has another key, opens nothing. */
    @Test
    void row_alteredAnywhere_staysShut() {
        WrappingKey key = WrappingKey.random(entropy);
        Custody row = Custody.seal(1, NOW, keepers().get(2), key, root, Optional.empty(), entropy);
        assertThat(row.open(WrappingKey.random(entropy))).isEmpty();
        Custody later = new Custody(2, NOW, row.keeper(), row.sealed(), 1, Optional.empty());
        assertThat(later.open(key)).isEmpty();
        Custody moved = new Custody(1, NOW, keepers().getFirst(), row.sealed(), 1, Optional.empty());
        assertThat(moved.open(key)).isEmpty();
        byte[] sealed = row.sealed().toArray();
        for (int bit = 0; bit < sealed.length * 8; bit++) {
            byte[] altered = sealed.clone();
            altered[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(new Custody(1, NOW, row.keeper(), Bytes.adopt(altered), 1, Optional.empty()).open(key))
                    .isEmpty();
        }
    }

    @Test
    void damagedRow_isRefused_notAnAccident() {
        byte[] encoded = Custody.seal(
                        1, NOW, keepers().get(1), WrappingKey.random(entropy), root, Optional.empty(), entropy)
                .encoded()
                .toArray();
        for (int size = 0; size < encoded.length; size++) {
            Bytes cut = Bytes.copyOf(encoded).slice(0, size);
            assertThatThrownBy(() -> Custody.decode(cut)).isInstanceOf(CustodyRefused.class);
        }
    }

    /** Answers of the reference implementation in C (by argon2-cffi's hash_secret_raw). */
    @Test
    void passphrase_byArgon2id_isTheReferencesKey() {
        assertThat(stretched(2, 1, "somesaltsomesalt", "passwordpassword"))
                .isEqualTo("816f204e39b8453cf6627d8f97670814ca2c3b0b57744039aa10b9eb05686ec0");
        assertThat(stretched(3, 4, "0123456789abcdef", "correct horse battery"))
                .isEqualTo("5220483d4ba1637c5d5df43b377a7f6aed39a6159693d0029a3e4f76d50669ab");
    }

    private static String stretched(int passes, int lanes, String salt, String passphrase) {
        Stretching how = new Stretching(64 << 10, passes, lanes, Bytes.utf8(salt));
        byte[] said = passphrase.getBytes(StandardCharsets.US_ASCII);
        return HexFormat.of().formatHex(how.key(Secret.adopt(said)).copy().reveal());
    }

    @Test
    void stretching_beyondItsBounds_isRefused() {
        Bytes salt = Bytes.adopt(new byte[16]);
        for (int[] cost :
                new int[][] {{1024, 3, 4}, {1 << 20, 3, 4}, {65536, 1, 4}, {65536, 11, 4}, {65536, 3, 0}, {65536, 3, 9}
                }) {
            assertThatThrownBy(() -> new Stretching(cost[0], cost[1], cost[2], salt))
                    .isInstanceOf(CustodyRefused.class);
        }
        assertThatThrownBy(() -> new Stretching(65536, 3, 4, Bytes.EMPTY)).isInstanceOf(CustodyRefused.class);
        Stretching fine = Stretching.fresh(entropy);
        assertThatThrownBy(() -> fine.key(Secret.adopt(new byte[11]))).isInstanceOf(CustodyRefused.class);
        assertThatThrownBy(() -> fine.key(Secret.adopt(new byte[1025]))).isInstanceOf(CustodyRefused.class);
    }

    @Test
    void rotatedRootKey_opensBoth_wrapsUnderTheNewest_andRetiringShutsTheOld() {
        Vault vault = new Vault(root, entropy);
        Bytes old = vault.wrap(Secret.copyOf(new byte[] {7}), "n");
        RootKey next = root.next(entropy);
        vault.adopt(next);
        assertThat(vault.unwrap(old, "n")).isPresent();
        assertThat(vault.isCurrent(old)).isFalse();
        Bytes renewed = vault.renewed(old, "n").orElseThrow();
        assertThat(vault.renewed(renewed, "n")).isEmpty();
        assertThat(new Vault(root, entropy).unwrap(renewed, "n")).isEmpty();
        vault.adopt(next.newestOnly());
        assertThat(vault.unwrap(old, "n")).isEmpty();
        assertThat(vault.unwrap(renewed, "n").orElseThrow().reveal()).isEqualTo(new byte[] {7});
        assertThat(RootKey.decode(next.encode()).orElseThrow().generation()).isEqualTo(2);
    }
}
