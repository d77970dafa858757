package dev.keytrail.crypto.custody;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keytrail.call.Entropy;
import dev.keytrail.call.Secret;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SharingTest {
    private final SplittableRandom random = new SplittableRandom(7);
    private final Entropy entropy = target -> random.nextBytes(target);

    /** FIPS 197 section 4.2's own example, and the field's laws on every pair. */
    @Test
    void arithmetic_isAesField() {
        assertThat(Sharing.multiply(0x57, 0x83)).isEqualTo(0xC1);
        assertThat(Sharing.multiply(0x57, 0x13)).isEqualTo(0xFE);
        for (int a = 0; a < 256; a++) {
            assertThat(Sharing.multiply(a, Sharing.inverse(a))).isEqualTo(a == 0 ? 0 : 1);
            for (int b = 0; b < 256; b++) {
                assertThat(Sharing.multiply(a, b))
                        .isEqualTo(Sharing.multiply(b, a))
                        .isBetween(0, 255);
            }
        }
    }

    @Test
    void anyThresholdOfShares_givesTheKey_andFewerAreRefused() {
        for (int threshold = 2; threshold <= 5; threshold++) {
            WrappingKey key = WrappingKey.random(entropy);
            Sharing.Split split = Sharing.split(key, threshold, 5, entropy);
            for (int choice = 0; choice < 32; choice++) {
                List<Share> chosen = new ArrayList<>();
                for (int i = 0; i < 5; i++) {
                    if ((choice >> i & 1) == 1) {
                        chosen.add(split.shares().get(i));
                    }
                }
                if (chosen.size() >= threshold) {
                    assertThat(Sharing.combine(split.keeper(), chosen).id()).isEqualTo(key.id());
                } else {
                    int needed = threshold;
                    assertThatThrownBy(() -> Sharing.combine(split.keeper(), chosen))
                            .isInstanceOf(CustodyRefused.class)
                            .hasMessageContaining(needed + " different shares are needed");
                }
            }
        }
    }

    /** For one share of two, every key is as likely as every other: some other polynomial gives the same share. */
    @Test
    void fewerShares_fitEveryKey() {
        WrappingKey key = WrappingKey.random(entropy);
        int share =
                Sharing.split(key, 2, 2, entropy).shares().getFirst().value().reveal()[0] & 0xFF;
        boolean[] possible = new boolean[256];
        for (int slope = 0; slope < 256; slope++) {
            possible[share ^ Sharing.multiply(slope, 1)] = true;
        }
        assertThat(possible).doesNotContain(false);
    }

    @Test
    void sameShareTwice_countsOnce() {
        Sharing.Split split = Sharing.split(WrappingKey.random(entropy), 2, 3, entropy);
        Share one = split.shares().getFirst();
        assertThatThrownBy(() -> Sharing.combine(split.keeper(), List.of(one, one)))
                .hasMessage("2 different shares are needed, and 1 were given");
    }

    @Test
    void text_survivesPaper_andEveryMistypedCharacterIsNoticed() {
        Share share = Sharing.split(WrappingKey.random(entropy), 3, 9, entropy)
                .shares()
                .get(6);
        byte[] text = share.text().reveal();
        Share read = Share.parse(secret("  " + new String(text, StandardCharsets.US_ASCII) + " \r\n"));
        assertThat(read.value().reveal()).isEqualTo(share.value().reveal());
        assertThat(List.of(read.number(), read.threshold(), read.count())).containsExactly(7, 3, 9);
        for (int at = 0; at < text.length; at++) {
            for (char other : new char[] {'0', '1', 'f', ':', 'x', 'F'}) {
                byte[] altered = text.clone();
                if (altered[at] != other) {
                    altered[at] = (byte) other;
                    assertThatThrownBy(() -> Share.parse(Secret.copyOf(altered)))
                            .as("%d %s", at, other)
                            .isInstanceOf(CustodyRefused.class);
                }
            }
        }
        for (int size = 0; size < text.length; size++) {
            String cut = new String(text, 0, size, StandardCharsets.US_ASCII);
            assertThatThrownBy(() -> Share.parse(secret(cut))).isInstanceOf(CustodyRefused.class);
        }
    }

    @Test
    void damagedShare_isNamed_andItsValueIsNot() {
        Share share = Sharing.split(WrappingKey.random(entropy), 2, 3, entropy)
                .shares()
                .get(1);
        String text = new String(share.text().reveal(), StandardCharsets.US_ASCII);
        String altered = text.substring(0, 40) + (text.charAt(40) == '0' ? '1' : '0') + text.substring(41);
        assertThatThrownBy(() -> Share.parse(secret(altered)))
                .hasMessageContaining("share 2 of set " + share.set())
                .hasMessageNotContaining(text.split(":")[5].substring(20));
    }

    @Test
    void foreignOrForgedShare_isNamed() {
        Sharing.Split ours = Sharing.split(WrappingKey.random(entropy), 2, 3, entropy);
        Sharing.Split theirs = Sharing.split(WrappingKey.random(entropy), 2, 3, entropy);
        assertThatThrownBy(() -> Sharing.check(ours.keeper(), theirs.shares().get(2)))
                .hasMessage("share 3 is of set " + theirs.keeper().set() + ", but this server's custody is set "
                        + ours.keeper().set());
        Share real = ours.shares().get(2);
        Share forged = new Share(real.set(), 2, 3, 3, Secret.adopt(entropy.bytes(32)));
        Share parsed = Share.parse(Secret.copyOf(forged.text().reveal()));
        assertThatThrownBy(() -> Sharing.check(ours.keeper(), parsed))
                .hasMessage("share 3 of set " + real.set() + " is not genuine");
    }

    @Test
    void senselessNumbers_areRefused() {
        WrappingKey key = WrappingKey.random(entropy);
        for (int[] numbers : new int[][] {{1, 3}, {4, 3}, {0, 0}, {2, 65}, {-1, 2}}) {
            assertThatThrownBy(() -> Sharing.split(key, numbers[0], numbers[1], entropy))
                    .isInstanceOf(CustodyRefused.class);
        }
    }

    private static Secret secret(String text) {
        return Secret.adopt(text.getBytes(StandardCharsets.US_ASCII));
    }
}
