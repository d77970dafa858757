package dev.keytrail.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class SystemEntropyTest {
    /** A byte that was never written would stay zero in every draw: chance leaves it so 64 times with 2^-512. */
    @Test
    void fill_anyLength_writesEveryByte() {
        SystemEntropy entropy = new SystemEntropy();
        for (int length : new int[] {0, 1, 12, 32, 255, 256, 257, 1024, 4099}) {
            BitSet written = new BitSet(length);
            for (int draw = 0; draw < 64; draw++) {
                byte[] bytes = entropy.bytes(length);
                for (int at = 0; at < length; at++) {
                    if (bytes[at] != 0) {
                        written.set(at);
                    }
                }
            }
            assertThat(written.cardinality()).isEqualTo(length);
        }
    }

    @Test
    void fill_manyThreads_neverTheSame() {
        SystemEntropy entropy = new SystemEntropy();
        Set<String> drawn = ConcurrentHashMap.newKeySet();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < 40; t++) {
                executor.execute(() -> {
                    for (int i = 0; i < 500; i++) {
                        drawn.add(entropy.hex(16));
                    }
                });
            }
        }
        assertThat(drawn).hasSize(40 * 500);
    }

    @Test
    void uuid_manyThreads_areDistinctAndOfVersionFour() {
        SystemEntropy entropy = new SystemEntropy();
        Set<String> drawn = ConcurrentHashMap.newKeySet();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int t = 0; t < 40; t++) {
                executor.execute(() -> {
                    for (int i = 0; i < 500; i++) {
                        drawn.add(entropy.uuid());
                    }
                });
            }
        }
        assertThat(drawn).hasSize(40 * 500);
        assertThat(drawn).map(UUID::fromString).allMatch(id -> id.version() == 4 && id.variant() == 2);
    }
}
